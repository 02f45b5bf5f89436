// What a new number is made of, so that it works at once: hours, a group, people, messages. Pure.

import { asWritten, copyOf, entryOf, freshName, keyOf, namesIn } from "./document.js";

/** Spoken to callers, in the language of the configuration; the reader's own is another matter. */
const MESSAGES = {
  en: {
    greeting_message: "Thank you for calling. One moment please, we will be with you shortly.",
    agent_busy_message: "All our colleagues are talking to other customers. Please call again in a few minutes.",
    agent_unavailable_message: "Nobody can take your call at the moment. Please call again later. Goodbye.",
    closed_message: "We are closed at the moment. We open again {reopens_at}. Goodbye.",
  },
  sr: {
    greeting_message: "Hvala na pozivu. Samo trenutak, odmah ćemo se javiti.",
    agent_busy_message: "Sve naše kolege razgovaraju sa drugim klijentima. Molimo pozovite ponovo za nekoliko minuta.",
    agent_unavailable_message: "Trenutno niko ne može da primi vaš poziv. Molimo pozovite kasnije. Prijatno.",
    closed_message: "Trenutno ne radimo. Otvaramo ponovo {reopens_at}. Prijatno.",
  },
  ar: {
    greeting_message: "شكرًا لاتصالكم. لحظة من فضلكم، سنكون معكم حالًا.",
    agent_busy_message: "جميع موظفينا مشغولون مع عملاء آخرين. يرجى الاتصال بعد بضع دقائق.",
    agent_unavailable_message: "لا يمكن لأحد الرد على مكالمتكم الآن. يرجى الاتصال لاحقًا. مع السلامة.",
    closed_message: "نحن مغلقون الآن. نفتح مجددًا {reopens_at}. مع السلامة.",
  },
};

/** The messages a new number begins with, in a language; in English where there are none in it. */
export function usualMessages(language) {
  return MESSAGES[String(language).split(/[-_]/)[0].toLowerCase()] ?? MESSAGES.en;
}

/** Numbers as they were typed, with commas, semicolons or line breaks between. */
export function typedNumbers(text) {
  return [...new Set(text.split(/[,;،\n]/).map((each) => each.trim()).filter(Boolean))];
}

/**
 * Adds settings to `document` and returns their name. `wanted`: title, numbers (text), group (an
 * existing one, or ""), people [{name, extension}] for a group of their own, and in an empty
 * configuration its timezone and language.
 */
export function addNumber(document, { title, numbers, group, people = [], timezone, language }) {
  document.timezone ??= timezone;
  document.language ??= language;
  document.incoming_call_settings ??= {};
  const name = keyOf(title, document.incoming_call_settings);
  document.incoming_call_settings[name] = {
    numbers: typedNumbers(numbers),
    ...usualMessages(document.language),
    call_handling_schedule: [{
      days: ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"],
      from_time: "09:00", to_time: "17:00", agent_group: [group || addPeople(document, title, people)],
    }],
  };
  return name;
}

function addPeople(document, title, people) {
  document.agents ??= {};
  document.agent_groups ??= {};
  const members = people.map(({ name, extension }) => {
    const key = keyOf(name, document.agents);
    document.agents[key] = { name: name.trim(), extension: extension.trim() };
    return key;
  });
  const group = keyOf(title, document.agent_groups);
  document.agent_groups[group] = { members };
  return group;
}

/** A copy of settings under a fresh name, without the numbers, which only one may have. */
export function duplicate(document, name) {
  const copy = copyOf(entryOf(document, "incoming_call_settings", name));
  delete copy.numbers;
  const fresh = freshName(document.incoming_call_settings, `${name}-copy`);
  document.incoming_call_settings[fresh] = copy;
  return fresh;
}

/** What is taken already by somebody else: `{numbers: {number: settings}, extensions: {extension: agent}}`. */
export function taken(document) {
  const numbers = {};
  const extensions = {};
  for (const name of namesIn(document, "incoming_call_settings")) {
    for (const number of [entryOf(document, "incoming_call_settings", name).numbers ?? []].flat()) numbers[number] = name;
  }
  for (const id of namesIn(document, "agents")) {
    const { extension } = entryOf(document, "agents", id);
    if (extension !== undefined) extensions[extension] = asWritten([id]);
  }
  return { numbers, extensions };
}
