// Where an object of the configuration is shown and edited. Pure.

const PAGES = {
  agents: "/agents",
  agent_groups: "/groups",
  holiday_calendars: "/holidays",
  incoming_call_settings: "/numbers",
};

const TABS = {
  call_handling_schedule: "schedule", timezone: "schedule",
  greeting_message: "messages", agent_busy_message: "messages", agent_unavailable_message: "messages",
  closed_message: "messages", greet: "messages", skip_greeting_minutes: "messages", language: "messages",
  holidays: "holidays", overrides: "holidays",
};

/** The address of the page that edits what is at `path`. */
export function pageOf(path) {
  const [section, name, field] = path;
  if (!(section in PAGES)) return "/general";
  if (name === undefined) return PAGES[section];
  const address = `${PAGES[section]}/${encodeURIComponent(String(name))}`;
  if (section !== "incoming_call_settings" || field === undefined) return address;
  return `${address}#${TABS[field] ?? "ringing"}`;
}
