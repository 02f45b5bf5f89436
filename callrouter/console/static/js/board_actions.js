// What supervisors do with agents and calls, and agents with themselves.

import { _ } from "./words.js";
import { ApiProblem, api, confirmed, el, icon, toast } from "./base.js";
import { isolated, outcomeWord } from "./board_words.js";
import { labelled } from "./labels.js";
import { openDialog } from "./dialogs.js";
import { tried } from "./undo.js";

const ACTIONS = {
  pause: () => ({ word: _("Pause …"), icon: "pause" }),
  unpause: () => ({ word: _("Go on"), icon: "play" }),
  log_in: () => ({ word: _("Log in"), icon: "check" }),
  log_out: () => ({ word: _("Log out"), icon: "leave" }),
};

/** The word and icon of something that an agent can be asked. */
export function actionWord(action) {
  return ACTIONS[action]();
}

/** Does it; whoever is to be paused is asked why. */
export async function changeAgent(id, name, action) {
  let body;
  if (action === "pause") {
    const reason = await askReason(name);
    if (reason === null) return;
    body = { reason };
  }
  await tried(() => api("POST", `/agents/${encodeURIComponent(id)}/${action.replace("_", "-")}`, body));
}

async function askReason(name) {
  const reason = el("input", { type: "text", maxlength: "200", list: "pause-reasons", dir: "auto", autocomplete: "off" });
  const dialog = openDialog(_("Pause %(name)s", { name: isolated(name) }), [
    el("form", { method: "dialog" },
      labelled(_("Reason"), reason),
      el("div", { class: "dialog-end" },
        el("button", { class: "button", value: "", formnovalidate: true }, _("Cancel")),
        el("button", { class: "button primary", value: "yes" }, icon("pause"), _("Pause")))),
  ]);
  reason.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return; // the first button of the form is the one that cancels
    event.preventDefault();
    dialog.close("yes");
  });
  reason.focus();
  return (await dialog.closed) === "yes" ? reason.value.trim() : null;
}

/** Ends a call, once somebody has said so twice. */
export async function endCall(id, call) {
  const question = call.stage === "talking" ? _("End this call? The two are cut off.") : _("End this call? The caller is hung up.");
  if (await confirmed(question, _("End the call"))) await steer(id, "end");
}

/** Moves a call to an agent, a group or other settings of the board. */
export async function moveCall(id, call, board) {
  const options = [
    group(_("Agents"), "agent", Object.entries(board.agents).map(([agent, { name }]) => [agent, name])),
    group(_("Groups"), "agent_group", Object.keys(board.groups).map((name) => [name, name])),
    group(_("Numbers"), "incoming_call_settings", Object.keys(board.settings).map((name) => [name, name])),
  ];
  const target = el("select", {}, options.filter((each) => each.childElementCount));
  const submit = el("button", { class: "button primary", value: "yes" }, icon("move"), _("Move"));
  const dialog = openDialog(_("Move the call"), [
    el("form", { method: "dialog" },
      el("p", { class: "muted" }, call.stage === "talking" ? _("The agent is let go; the caller waits until somebody else answers.") : _("Whoever rings now stops ringing.")),
      labelled(_("Move it to"), target),
      el("div", { class: "dialog-end" },
        el("button", { class: "button", value: "" }, _("Cancel")), submit)),
  ]);
  target.focus();
  if ((await dialog.closed) !== "yes") return;
  const [kind, name] = JSON.parse(target.value);
  await steer(id, "move", { target: { kind, name } });
}

function group(label, kind, entries) {
  return el("optgroup", { label }, entries.map(([name, shown]) => el("option", { value: JSON.stringify([kind, name]) }, shown)));
}

async function steer(id, what, body) {
  let result = "done";
  try {
    await api("POST", `/calls/${id}/${what}`, body, { "Idempotency-Key": crypto.randomUUID() });
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
    result = error.problem.result;
    if (result === undefined) return toast(error.detail, "bad");
  }
  const { kind, text } = outcomeWord(result);
  return toast(text, kind);
}

/** Ends an override. */
export async function endOverride(id) {
  if (await confirmed(_("End this override now?"), _("End it"))) await tried(() => api("DELETE", `/overrides/${encodeURIComponent(id)}`));
}
