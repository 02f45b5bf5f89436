// The dialog that sets an override: for whom, until when, to whom; what it will do is told before.

import { _ } from "./words.js";
import { ApiProblem, api, el, icon } from "./base.js";
import { kindWord, toldTogether, named, untilWord, whatItSays } from "./override_words.js";
import { labelled, nextId, suggestions } from "./labels.js";
import { listenButton } from "./listen.js";
import { dateTime, momentOf, reading, time } from "./times.js";

const ASK_AFTER_MS = 250;
const MOST_TOLD = 8;

/** Asks for an override of this kind; resolves with what the API says of the one set, or null. */
export function askOverride(kind, choices, settings = []) {
  return new Promise((resolve) => {
    const dialog = new OverrideDialog(kind, choices, settings);
    dialog.element.addEventListener("close", () => {
      dialog.element.remove();
      resolve(dialog.made);
    });
    document.body.append(dialog.element);
    dialog.element.showModal();
    dialog.ask();
  });
}

class OverrideDialog {
  constructor(kind, choices, settings) {
    this.kind = kind;
    this.choices = choices;
    this.chosen = new Set(settings);
    this.until = "hour";
    this.chips = {};
    this.made = null;
    this.asking = 0;
    this.key = crypto.randomUUID();
    const title = { closed: _("Close now"), open: _("Open anyway"), send_to: _("Send calls elsewhere") }[kind];
    this.told = el("div", { class: "told", role: "status" });
    this.submit = el("button", { class: "button primary", disabled: true }, icon(kindWord(kind).icon), title);
    this.ends = el("div", { class: "chips", role: "radiogroup", "aria-label": _("Until when") });
    this.moment = el("input", { type: "datetime-local", onchange: () => this.choose("moment"), "aria-label": _("Date and time of the end") });
    this.reason = el("input", { type: "text", maxlength: "200", dir: "auto", autocomplete: "off", onchange: () => this.ask() });
    this.element = el("dialog", { class: "dialog wide", "aria-labelledby": "override-title" },
      el("form", { onsubmit: (event) => this.set(event) },
        el("h2", { id: "override-title" }, title),
        this.forWhom(),
        kind === "closed" ? null : this.targets(),
        el("fieldset", {}, el("legend", {}, _("Until when")), this.ends, el("p", { class: "hint" }, this.zone = el("span"))),
        kind === "closed" ? this.message() : null,
        labelled(_("Reason"), this.reason, { hint: _("For your colleagues; callers do not hear it.") }),
        el("h3", {}, _("What it will do")),
        this.told,
        el("div", { class: "dialog-end" },
          el("button", { type: "button", class: "button", onclick: () => this.element.close() }, _("Cancel")),
          this.submit)));
    this.drawEnds();
  }

  forWhom() {
    const boxes = this.choices.settings.map(({ name, numbers, is_open: isOpen }) => {
      const box = el("input", { type: "checkbox", value: name, checked: this.chosen.has(name), onchange: () => this.pick(name, box.checked) });
      const open = isOpen ? el("span", { class: "status ok" }, icon("check"), _("Open")) : el("span", { class: "status off" }, icon("lock"), _("Closed"));
      const row = el("label", { class: "check" }, box, el("bdi", {}, name), el("bdi", { class: "muted", dir: "ltr" }, numbers.join(" ")), open);
      row.dataset.text = `${name} ${numbers.join(" ")}`.toLowerCase();
      return row;
    });
    const all = el("input", { type: "radio", name: "whom", checked: this.chosen.size === 0, onchange: () => this.all(true) });
    const some = el("input", { type: "radio", name: "whom", checked: this.chosen.size > 0, onchange: () => this.all(false) });
    const search = boxes.length > 8 ? el("input", {
      type: "search", placeholder: _("Search"), "aria-label": _("Search among the numbers"), dir: "auto",
      oninput: () => boxes.forEach((row) => (row.hidden = !row.dataset.text.includes(search.value.trim().toLowerCase()))),
    }) : null;
    this.boxes = el("div", { class: "pick-list", hidden: this.chosen.size === 0 }, search, boxes);
    return el("fieldset", {}, el("legend", {}, _("For")),
      el("div", { class: "chips" }, el("label", { class: "check" }, all, _("All numbers")), el("label", { class: "check" }, some, _("Some of them"))),
      this.boxes);
  }

  all(whole) {
    this.boxes.hidden = whole;
    this.everybody = whole;
    if (whole) {
      this.chosen.clear();
      for (const box of this.boxes.querySelectorAll("input[type=checkbox]")) box.checked = false;
    }
    this.refresh();
  }

  pick(name, wanted) {
    if (wanted) this.chosen.add(name);
    else this.chosen.delete(name);
    this.refresh();
  }

  /** Other settings may have another zone and other openings. */
  async refresh() {
    const query = [...this.chosen].map((name) => `settings=${encodeURIComponent(name)}`).join("&");
    const asked = (this.refreshing = (this.refreshing ?? 0) + 1);
    const found = await api("GET", `/overrides/choices?${query}`).catch(() => null);
    if (asked !== this.refreshing) return;
    if (found) this.choices = found;
    this.drawEnds();
    this.ask();
  }

  drawEnds() {
    const { until, timezone } = this.choices;
    const words = {
      half_hour: (at) => _("30 minutes (%(time)s)", { time: time(at, timezone) }),
      hour: (at) => _("1 hour (%(time)s)", { time: time(at, timezone) }),
      end_of_today: () => _("End of today"),
      next_opening: (at) => _("Opening on %(time)s", { time: dateTime(at, timezone) }),
    };
    const ends = until.map(({ name, at }) => this.chip(name, words[name](at)));
    ends.push(this.chip("ended", this.kind === "closed" ? _("Until I reopen") : _("Until I end it")));
    if (!this.moment.value) this.moment.value = reading(until[1].at, timezone);
    const moment = this.chip("moment", _("A date and time"));
    ends.push((this.momentEnd ??= el("span", { class: "chips" }, moment, this.moment)));
    this.moment.hidden = this.until !== "moment";
    // What is there already stays where it is: somebody may just be clicking it.
    const there = [...this.ends.children];
    if (ends.length !== there.length || ends.some((each, place) => each !== there[place])) this.ends.replaceChildren(...ends);
    this.zone.textContent = _("Times are those of %(zone)s.", { zone: timezone });
  }

  chip(name, words) {
    const chip = (this.chips[name] ??= el("button", {
      type: "button", class: "chip", role: "radio", "data-end": name,
      onclick: () => this.choose(name), onkeydown: (event) => this.keys(event),
    }));
    chip.setAttribute("aria-checked", String(this.until === name));
    chip.tabIndex = this.until === name ? 0 : -1;
    chip.textContent = words;
    return chip;
  }

  keys(event) {
    const onwards = document.dir === "rtl" ? -1 : 1;
    const step = { ArrowRight: onwards, ArrowDown: 1, ArrowLeft: -onwards, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const all = [...this.ends.querySelectorAll("[data-end]")];
    const place = all.findIndex((each) => each.dataset.end === this.until);
    this.choose(all[(place + step + all.length) % all.length].dataset.end);
  }

  choose(name) {
    this.until = name;
    this.drawEnds();
    (name === "moment" ? this.moment : this.ends.querySelector(`[data-end="${name}"]`)).focus();
    this.ask();
  }

  targets() {
    const kinds = { agent_group: _("Group"), agent: _("Agent"), outside_number: _("Outside number"), incoming_call_settings: _("Other settings") };
    if (this.kind === "open") for (const name of ["agent", "outside_number", "incoming_call_settings"]) delete kinds[name];
    if (!this.choices.outside) delete kinds.outside_number;
    this.targetKind = el("select", { onchange: () => this.suggest() }, Object.entries(kinds).map(([value, label]) => el("option", { value }, label)));
    const list = nextId();
    this.targetName = el("input", { type: "text", maxlength: "64", autocomplete: "off", dir: "auto", list, onchange: () => this.ask() });
    this.suggested = suggestions(list, this.choices.agent_groups);
    const hint = this.kind === "open" ? _("Leave it empty for whoever is on duty now or next.") : null;
    const kind = labelled(_("Ring"), this.targetKind);
    return el("div", { class: "fields" }, kind, labelled(_("Name or number"), this.targetName, { hint }), this.suggested);
  }

  async suggest() {
    this.targetName.value = "";
    const values = {
      agent_group: () => this.choices.agent_groups,
      incoming_call_settings: () => this.choices.settings.map((each) => each.name),
      agent: async () => (await api("GET", "/agents")).map((each) => each.id),
      outside_number: () => [],
    }[this.targetKind.value];
    const found = await Promise.resolve(values()).catch(() => []);
    this.suggested.replaceChildren(...found.map((value) => el("option", { value })));
    this.ask();
  }

  message() {
    this.text = el("textarea", { rows: "2", maxlength: "1000", dir: "auto", onchange: () => this.ask() });
    const { button, place } = listenButton(() => (this.text.value.trim() ? { text: this.text.value.trim(), language: this.choices.language, settings: [...this.chosen][0] ?? null } : null));
    const hint = _("Instead of the closed message. {reopens_at} becomes the time of the next opening.");
    return el("div", {}, labelled(_("Message to callers"), this.text, { hint, wide: true }), button, place);
  }

  wanted() {
    const ends = Object.fromEntries(this.choices.until.map(({ name, at }) => [name, at]));
    const moment = this.moment.value ? momentOf(this.moment.value, this.choices.timezone) : null;
    const until = this.until === "ended" ? null : this.until === "moment" ? moment?.toISOString() : ends[this.until];
    const name = this.targetName?.value.trim();
    return {
      kind: this.kind,
      settings: [...this.chosen],
      targets: name ? [{ kind: this.targetKind.value, name }] : [],
      until_at: until ?? null,
      message: this.text?.value.trim() || null,
      language: this.text?.value.trim() ? this.choices.language : null,
      reason: this.reason.value.trim(),
    };
  }

  /** Tells what it would do, a moment after the last change. */
  ask() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.tell(), ASK_AFTER_MS);
  }

  async tell() {
    const asked = (this.asking += 1);
    if (!this.boxes.hidden && this.chosen.size === 0) {
      this.refused(_("Choose at least one of the numbers."), false);
      return;
    }
    if (this.until === "moment" && !this.moment.value) {
      this.refused(_("Choose a date and a time."), false);
      return;
    }
    if (this.kind === "send_to" && !this.targetName.value.trim()) {
      this.refused(_("Say to whom calls shall go."), false);
      return;
    }
    try {
      const said = await api("POST", "/overrides?dry_run=true", this.wanted());
      if (asked !== this.asking) return;
      this.told.replaceChildren(...this.words(said));
      this.submit.disabled = false;
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      if (asked === this.asking) this.refused(error.detail, true);
    }
  }

  refused(text, english) {
    this.submit.disabled = true;
    this.told.replaceChildren(el("p", { class: english ? "field-error" : "muted" }, english ? icon("error") : null, el("span", english ? { lang: "en", dir: "ltr" } : {}, text)));
  }

  words({ override, effects }) {
    const lines = [el("p", {}, whatItSays(override))];
    const told = toldTogether(effects);
    for (const { settings, zone, text } of told.slice(0, MOST_TOLD)) {
      const until = untilWord(override.until_at, zone);
      lines.push(el("p", {}, el("strong", {}, named(settings)), ": ", text ? _("%(until)s; %(then)s.", { until, then: text }) : _("%(until)s.", { until })));
    }
    const more = told.slice(MOST_TOLD).flatMap((each) => each.settings);
    if (more.length) lines.push(el("p", { class: "muted" }, named(more)));
    return lines;
  }

  async set(event) {
    event.preventDefault();
    if (this.submit.disabled) return;
    this.submit.disabled = true;
    try {
      this.made = await api("POST", "/overrides", this.wanted(), { "Idempotency-Key": this.key });
      this.element.close();
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      this.refused(error.detail, true);
    }
  }
}
