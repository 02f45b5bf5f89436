// Made-up configurations, the same ones in every run.

/** A source of numbers below 1 that repeats itself (mulberry32). */
export function chance(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

export function pick(random, list) {
  return list[Math.floor(random() * list.length)];
}

export const COMPANY = {
  timezone: "Europe/Belgrade",
  agents: {
    amina: { name: "Amina Haddad", extension: "1001", incoming_call_settings: "head-office" },
    bojan: { name: "Bojan Ilić", extension: "1002" },
  },
  agent_groups: { sales: { members: ["amina", "bojan"] }, night: { members: ["bojan"] } },
  holiday_calendars: {
    serbia: { country: "RS", holidays: [{ date: "12-31", agent_group: "night" }, "12-24"] },
  },
  incoming_call_settings: {
    "head-office": {
      numbers: ["700"],
      holidays: "serbia",
      follow_on: [{ agent_group: "night" }, { agent: "amina" }, { incoming_call_settings: "support" }],
      overrides: [{ closed: true, from: "2027-01-01 00:00" }, { send_to: { agent_group: "night" } }],
      call_handling_schedule: [
        { days: ["Monday-Friday"], from_time: "09:00", to_time: "17:00", agent_group: ["sales", "night"] },
        { days: ["Saturday"], from_time: "10:00", to_time: "14:00", agent_group: "night" },
      ],
    },
    support: {
      numbers: ["701"],
      holidays: ["serbia"],
      follow_on_closed: [{ agent_group: "sales" }],
      call_handling_schedule: [{ days: ["daily"], from_time: "22:00", to_time: "06:00", agent_group: "sales" }],
    },
  },
  overrides: [{ open: true, agent_group: ["night", "sales"] }],
};
