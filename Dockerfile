# Two images from one file: `callrouter` (the router and its commands) and `asterisk`.

# ---- the router ---------------------------------------------------------------------------------
FROM python:3.11-slim-bookworm AS callrouter

# One user for router and Asterisk: both read the generated configuration and the prompts.
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /var/lib/callrouter callrouter \
    && install -d -o callrouter -g callrouter /var/lib/callrouter /etc/asterisk /var/lib/callrouter/prompts \
        /var/lib/callrouter/sounds /var/lib/callrouter/spool /var/log/asterisk /var/log/asterisk/cdr-csv

WORKDIR /opt/callrouter
# Dependencies first: they change less often than the code.
COPY requirements.lock ./
COPY pyproject.toml README.md LICENSE ./
COPY callrouter/__init__.py callrouter/__init__.py
RUN pip install --no-cache-dir --constraint requirements.lock --editable .
COPY callrouter callrouter
COPY asterisk-conf asterisk-conf

USER callrouter
ENTRYPOINT ["callrouter"]
CMD ["run"]

# ---- Asterisk -----------------------------------------------------------------------------------
# Debian forky has 22.10.1, the first with the corrections ARI needs.
FROM debian:forky-slim AS asterisk

RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
        asterisk asterisk-modules asterisk-core-sounds-en-wav asterisk-moh-opsound-wav \
    && rm -rf /var/lib/apt/lists/* /etc/asterisk/* \
    && if [ ! -e /usr/share/asterisk/sounds/en ]; then \
        ln -s en_US_f_Allison /usr/share/asterisk/sounds/en; fi

RUN useradd --uid 10001 --user-group --no-create-home --home-dir /var/lib/asterisk callrouter \
    && install -d /var/log/asterisk/cdr-csv /var/run/asterisk \
    && chown -R callrouter:callrouter /etc/asterisk /var/lib/asterisk /var/log/asterisk \
        /var/spool/asterisk /var/run/asterisk

USER callrouter
# -f: in the foreground. Its configuration is rendered into /etc/asterisk by another service.
CMD ["asterisk", "-f", "-C", "/etc/asterisk/asterisk.conf"]
