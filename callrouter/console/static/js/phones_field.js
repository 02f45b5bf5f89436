// The phones of an agent, in the order they ring, and which of them ask for a key first.

import { el } from "./base.js";
import { listOf } from "./document.js";
import { selectField } from "./fields.js";
import { nextId } from "./labels.js";
import { orderList } from "./order_list.js";
import { _ } from "./words.js";

const OUTSIDE = /^PJSIP\/[^@]*@/i;

/** A phone as it is written: its text, or a mapping where it says more. */
export function phoneOf(written) {
  return typeof written === "object" && written !== null ? { ...written } : { phone: String(written) };
}

/** A phone as it is to be written. */
export function writtenPhone({ phone, confirm }) {
  return confirm === undefined ? phone : { phone, confirm };
}

/** What was typed as a phone: a bare name is a PJSIP endpoint. */
export function typedPhone(typed) {
  const text = typed.trim();
  return !text || text.includes("/") ? text : `PJSIP/${text}`;
}

/** Whether a phone dials the outside world, where a key is asked for unless it says otherwise. */
export function isOutside(phone) {
  return OUTSIDE.test(phone);
}

/** The list with its strategy, for the agent at `path`. */
export function phonesField(bound, path) {
  const phones = [...path, "phones"];
  const items = () => listOf(bound.value(phones)).map(phoneOf);
  const write = (list, what) => bound.set(phones, list.length ? list.map(writtenPhone) : undefined, what);
  const list = orderList({
    name: _("Phones"),
    mayEdit: bound.mayEdit,
    items,
    write,
    label: (item) => item.phone,
    content: (item, index) => content(item, index),
    empty: _("None: the phone is the one of the extension."),
  });

  function changed(index, phone) {
    write(items().map((each, place) => (place === index ? phone : each)), _("Phones"));
    list.known();
  }

  function content(item, index) {
    const input = el("input", {
      type: "text", dir: "ltr", class: "grow", value: item.phone, maxlength: "140", spellcheck: "false", readonly: !bound.mayEdit,
      "aria-label": _("Phone %(place)s", { place: index + 1 }),
      onchange: () => {
        input.value = typedPhone(input.value);
        changed(index, { ...items()[index], phone: input.value });
      },
    });
    const outside = isOutside(item.phone);
    const confirm = el("input", {
      type: "checkbox", id: nextId(), checked: item.confirm ?? outside, disabled: !bound.mayEdit,
      onchange: () => changed(index, { ...items()[index], confirm: confirm.checked === isOutside(input.value) ? undefined : confirm.checked }),
    });
    return el("div", { class: "phone" }, input,
      el("label", { class: "check", for: confirm.id }, confirm, _("Must press 1 to take a call")),
      bound.problems([...phones, index], input));
  }

  const strategy = selectField(bound, [...path, "phones_ring"], _("They ring"), [
    { value: "together", label: _("all together") },
    { value: "in_order", label: _("one after another, in this order") },
  ], { fallback: "together" });
  const adding = bound.mayEdit ? adder(_("Add a phone"), _("PJSIP/1001, or PJSIP/+381…@provider"), (typed) => {
    write([...items(), { phone: typedPhone(typed) }], _("Phones"));
    list.draw();
  }) : null;
  return bound.show(el("div", {}, list, adding, strategy), () => {
    list.refresh();
    strategy.hidden = items().length < 2;
  });
}

/** A field that adds to a list when Enter is pressed or the button clicked. `list`: suggestions. */
export function adder(label, placeholder, add, { list = null, ltr = true } = {}) {
  const input = el("input", { type: "text", dir: ltr ? "ltr" : "auto", class: "grow", placeholder, maxlength: "140", autocomplete: "off", spellcheck: "false", "aria-label": label, list });
  return el("form", {
    class: "adder",
    onsubmit: (event) => {
      event.preventDefault();
      const typed = input.value.trim();
      if (!typed) return;
      const why = add(typed);
      if (typeof why === "string") {
        input.setCustomValidity(why);
        input.reportValidity();
        input.addEventListener("input", () => input.setCustomValidity(""), { once: true });
        return;
      }
      input.value = "";
      input.focus();
    },
  }, input, el("button", { class: "button" }, label));
}
