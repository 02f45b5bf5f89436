// The YAML tab: these settings as text, with room.

import { el } from "./base.js";
import { YamlView } from "./yaml_view.js";
import { _ } from "./words.js";

/** Fills the panel; returns what to do when it is shown again. */
export function yamlTab({ draft, name, mayEdit }, panel) {
  const yaml = new YamlView(draft, name, mayEdit);
  yaml.text.rows = 28;
  panel.append(el("p", { class: "muted" }, _("The same settings as text. What is understood is in the draft at once.")), yaml.element);
  for (const event of ["change", "problems"]) draft.addEventListener(event, () => panel.isConnected && !panel.hidden && yaml.draw());
  return () => yaml.draw();
}
