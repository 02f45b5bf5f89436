// The pages of holiday calendars: the list, and the editor of one.

import { el } from "./base.js";
import { nameOf } from "./choices.js";
import { listOf } from "./document.js";
import { holidayEditor } from "./holiday_editor.js";
import { objectPage } from "./object_page.js";
import { placesOf } from "./used_in.js";
import { _, ngettext } from "./words.js";

function source(entry) {
  const from = [];
  if (entry.country) from.push(nameOf("region", entry.country));
  if (entry.region) from.push(entry.region);
  if (entry.file) from.push(`\u2068${entry.file}\u2069`);
  return from.join(", ") || _("own days only");
}

await objectPage({
  section: "holiday_calendars",
  address: "/holidays",
  title: _("Holidays"),
  icon: "calendar",
  addLabel: _("Add a calendar"),
  emptyTitle: _("There are no holiday calendars yet."),
  emptyText: _("A calendar has the public holidays of a country, days of your own, or both. Numbers say which calendars hold for them."),
  fields: [{ name: "name", label: _("Name"), hint: _("Such as serbia or own-days.") }],
  create: ({ name }) => ({ key: name, entry: {} }),
  editor: holidayEditor,
  list: (bound) => ({
    columns: [
      { title: _("Name"), cell: (name) => el("bdi", {}, name) },
      { title: _("From where"), cell: (_name, entry) => source(entry) },
      { title: _("Days of its own"), cell: (_name, entry) => ngettext("%(num)s entry", "%(num)s entries", listOf(entry.holidays).length) },
      { title: _("Who answers"), cell: (_name, entry) => listOf(entry.agent_group).join(", ") || _("closed") },
      { title: _("Used in"), cell: (name) => placesOf(bound.draft.uses("holiday_calendars", name)).map(({ text }) => text).join(", "), className: "wide-only" },
    ],
    words: (name, entry) => [name, source(entry), ...listOf(entry.holidays).map((day) => day?.name ?? "")].join(" "),
    mark: (name) => String(bound.draft.uses("holiday_calendars", name).length),
  }),
});
