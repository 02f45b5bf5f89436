"""The configuration's tables, who edited them, and the versions of the configuration."""

from collections.abc import Sequence

from alembic import op

revision = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_POSITION = "position double precision NOT NULL DEFAULT nextval('configuration_position')"

_TABLES = {
    "general": """
        id boolean NOT NULL DEFAULT true,
        timezone text,
        language text,
        overrides jsonb,
        outside_line jsonb,
        feature_codes jsonb,
        pause_reasons jsonb,
        CONSTRAINT pk_general PRIMARY KEY (id),
        CONSTRAINT ck_general_id CHECK (id),
        CONSTRAINT ck_general_outside_line CHECK (jsonb_typeof(outside_line) = 'object'),
        CONSTRAINT ck_general_feature_codes CHECK (jsonb_typeof(feature_codes) = 'object'),
        CONSTRAINT ck_general_pause_reasons CHECK (jsonb_typeof(pause_reasons) = 'object')
    """,
    "incoming_call_settings": f"""
        name text NOT NULL,
        {_POSITION},
        numbers text[],
        timezone text,
        language text,
        call_routing text,
        wave_sizes integer[],
        stagger_seconds double precision,
        required_skills jsonb,
        preferred_skills jsonb,
        greeting_message text,
        agent_busy_message text,
        agent_unavailable_message text,
        closed_message text,
        ring_seconds double precision,
        max_ring_seconds double precision,
        greet text,
        skip_greeting_minutes double precision,
        ringback text,
        music_class text,
        early_media boolean,
        holidays text[],
        overrides jsonb,
        follow_on jsonb,
        follow_on_closed jsonb,
        CONSTRAINT pk_incoming_call_settings PRIMARY KEY (name),
        CONSTRAINT ck_incoming_call_settings_call_routing CHECK (call_routing IN
            ('Sequential', 'Simultaneous', 'Waves', 'Adding up', 'Staggered')),
        CONSTRAINT ck_incoming_call_settings_greet CHECK (greet IN
            ('before_ringing', 'while_ringing')),
        CONSTRAINT ck_incoming_call_settings_ringback CHECK (ringback IN
            ('ringing', 'music', 'silence')),
        CONSTRAINT ck_incoming_call_settings_ring_seconds CHECK
            (ring_seconds >= 1 AND ring_seconds <= 600),
        CONSTRAINT ck_incoming_call_settings_max_ring_seconds CHECK
            (max_ring_seconds >= 1 AND max_ring_seconds <= 3600),
        CONSTRAINT ck_incoming_call_settings_stagger_seconds CHECK (stagger_seconds > 0),
        CONSTRAINT ck_incoming_call_settings_skip_greeting_minutes CHECK
            (skip_greeting_minutes >= 0),
        CONSTRAINT ck_incoming_call_settings_required_skills CHECK
            (jsonb_typeof(required_skills) = 'object'),
        CONSTRAINT ck_incoming_call_settings_preferred_skills CHECK
            (jsonb_typeof(preferred_skills) = 'object')
    """,
    "agents": f"""
        id text NOT NULL,
        {_POSITION},
        name text,
        extension text NOT NULL,
        phones jsonb,
        phones_ring text,
        skills jsonb,
        working_hours jsonb,
        incoming_call_settings text,
        numbers text[],
        may_override boolean,
        CONSTRAINT pk_agents PRIMARY KEY (id),
        CONSTRAINT uq_agents_extension UNIQUE (extension) DEFERRABLE INITIALLY DEFERRED,
        CONSTRAINT fk_agents_incoming_call_settings FOREIGN KEY (incoming_call_settings)
            REFERENCES incoming_call_settings (name) ON UPDATE CASCADE
            DEFERRABLE INITIALLY DEFERRED,
        CONSTRAINT ck_agents_extension CHECK (extension ~ '^[0-9*#]{{1,20}}$'),
        CONSTRAINT ck_agents_phones_ring CHECK (phones_ring IN ('together', 'in_order')),
        CONSTRAINT ck_agents_skills CHECK (jsonb_typeof(skills) = 'object')
    """,
    "agent_groups": f"""
        name text NOT NULL,
        {_POSITION},
        members text[],
        "order" text,
        required_skills jsonb,
        preferred_skills jsonb,
        wrap_up_seconds double precision,
        busy_delay_seconds double precision,
        reject_delay_seconds double precision,
        no_answer_delay_seconds double precision,
        CONSTRAINT pk_agent_groups PRIMARY KEY (name),
        CONSTRAINT ck_agent_groups_order CHECK ("order" IN
            ('listed', 'round_robin', 'longest_idle', 'fewest_calls', 'least_talk_time',
             'random', 'skills')),
        CONSTRAINT ck_agent_groups_required_skills CHECK
            (jsonb_typeof(required_skills) = 'object'),
        CONSTRAINT ck_agent_groups_preferred_skills CHECK
            (jsonb_typeof(preferred_skills) = 'object'),
        CONSTRAINT ck_agent_groups_wrap_up_seconds CHECK (wrap_up_seconds >= 0),
        CONSTRAINT ck_agent_groups_busy_delay_seconds CHECK (busy_delay_seconds >= 0),
        CONSTRAINT ck_agent_groups_reject_delay_seconds CHECK (reject_delay_seconds >= 0),
        CONSTRAINT ck_agent_groups_no_answer_delay_seconds CHECK (no_answer_delay_seconds >= 0)
    """,
    "holiday_calendars": f"""
        name text NOT NULL,
        {_POSITION},
        country text,
        region text,
        file text,
        message text,
        agent_group text,
        next_agent_groups text[],
        CONSTRAINT pk_holiday_calendars PRIMARY KEY (name),
        CONSTRAINT fk_holiday_calendars_agent_group FOREIGN KEY (agent_group)
            REFERENCES agent_groups (name) ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED
    """,
    "holidays": f"""
        id bigint GENERATED BY DEFAULT AS IDENTITY,
        calendar text NOT NULL,
        {_POSITION},
        date text,
        until text,
        holiday text,
        name text,
        from_time time,
        to_time time,
        open boolean,
        message text,
        agent_group text,
        next_agent_groups text[],
        CONSTRAINT pk_holidays PRIMARY KEY (id),
        CONSTRAINT fk_holidays_calendar FOREIGN KEY (calendar)
            REFERENCES holiday_calendars (name) ON DELETE CASCADE ON UPDATE CASCADE
            DEFERRABLE INITIALLY DEFERRED,
        CONSTRAINT fk_holidays_agent_group FOREIGN KEY (agent_group)
            REFERENCES agent_groups (name) ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED,
        CONSTRAINT ck_holidays_date CHECK (num_nonnulls(date, holiday) = 1),
        CONSTRAINT ck_holidays_from_time CHECK (from_time < '24:00'::time)
    """,
    "call_handling_schedule": f"""
        id bigint GENERATED BY DEFAULT AS IDENTITY,
        settings text NOT NULL,
        {_POSITION},
        day_of_week text,
        days text[],
        from_time time NOT NULL,
        to_time time NOT NULL,
        agent_group text NOT NULL,
        next_agent_groups text[],
        timezone text,
        valid_from text,
        valid_to text,
        CONSTRAINT pk_call_handling_schedule PRIMARY KEY (id),
        CONSTRAINT fk_call_handling_schedule_settings FOREIGN KEY (settings)
            REFERENCES incoming_call_settings (name) ON DELETE CASCADE ON UPDATE CASCADE
            DEFERRABLE INITIALLY DEFERRED,
        CONSTRAINT fk_call_handling_schedule_agent_group FOREIGN KEY (agent_group)
            REFERENCES agent_groups (name) ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED,
        CONSTRAINT ck_call_handling_schedule_days CHECK (num_nonnulls(day_of_week, days) = 1),
        CONSTRAINT ck_call_handling_schedule_day_of_week CHECK (day_of_week IN
            ('Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday')),
        CONSTRAINT ck_call_handling_schedule_from_time CHECK (from_time < '24:00'::time)
    """,
}

_VERSIONS = {
    "config_edits": """
        id bigint GENERATED BY DEFAULT AS IDENTITY,
        transaction text NOT NULL,
        at timestamptz NOT NULL,
        author text NOT NULL,
        note text,
        CONSTRAINT pk_config_edits PRIMARY KEY (id),
        CONSTRAINT uq_config_edits_transaction UNIQUE (transaction)
    """,
    "config_versions": """
        number integer NOT NULL,
        version text NOT NULL,
        document json NOT NULL,
        source text,
        author text NOT NULL,
        note text,
        at timestamptz NOT NULL,
        kind text NOT NULL,
        edit bigint,
        CONSTRAINT pk_config_versions PRIMARY KEY (number),
        CONSTRAINT ck_config_versions_kind CHECK (kind IN ('edit', 'file', 'import', 'rollback'))
    """,
}


def upgrade() -> None:
    op.execute("CREATE SEQUENCE configuration_position")
    # Those that are referred to come first.
    for table in (
        *("general", "incoming_call_settings", "agents", "agent_groups"),
        *("holiday_calendars", "holidays", "call_handling_schedule"),
    ):
        op.execute(f"CREATE TABLE {table} ({_TABLES[table]})")
    for table, columns in _VERSIONS.items():
        op.execute(f"CREATE TABLE {table} ({columns})")
    # One edit at a time, from its first statement to its commit: so edits have an order, and the
    # lock comes before any row's, so that two of them never wait for each other. The function
    # writes the edit with its owner's rights; who edits is the one who logged in.
    op.execute(
        """
        CREATE FUNCTION callrouter_edit() RETURNS trigger LANGUAGE plpgsql
        SECURITY DEFINER SET search_path FROM CURRENT AS $$
        BEGIN
            PERFORM pg_advisory_xact_lock(7255081703);
            INSERT INTO config_edits (transaction, at, author, note)
            VALUES (
                pg_current_xact_id() || ' of ' || extract(epoch FROM now()),
                clock_timestamp(),
                coalesce(nullif(current_setting('callrouter.author', true), ''), session_user),
                nullif(current_setting('callrouter.note', true), '')
            )
            ON CONFLICT (transaction) DO UPDATE SET
                at = excluded.at, author = excluded.author, note = excluded.note;
            RETURN NULL;
        END $$
        """
    )
    for table in _TABLES:
        changed = f"INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table} FOR EACH STATEMENT"
        op.execute(f"CREATE TRIGGER edit BEFORE {changed} EXECUTE FUNCTION callrouter_edit()")
        op.execute(f"CREATE TRIGGER tell AFTER {changed} EXECUTE FUNCTION callrouter_tell()")


def downgrade() -> None:
    for table in _VERSIONS:
        op.drop_table(table)
    for table in reversed(_TABLES):
        op.execute(f"DROP TABLE {table} CASCADE")
    op.execute("DROP FUNCTION callrouter_edit()")
    op.execute("DROP SEQUENCE configuration_position")
