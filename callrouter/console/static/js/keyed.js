// A list on the page that follows data: an element for each key, kept as long as its key is there.

/**
 * `entries` are `[key, value]` in order; `make(key)` returns `{ element, update(value) }`.
 * Elements that stay are not touched but by `update`, so focus, open menus and clocks stay.
 */
export function keyed(container, make) {
  const known = new Map();
  return (entries) => {
    const wanted = new Set(entries.map(([key]) => key));
    for (const [key, { element }] of known) {
      if (!wanted.has(key)) {
        element.remove();
        known.delete(key);
      }
    }
    let place = container.firstElementChild;
    for (const [key, value] of entries) {
      let shown = known.get(key);
      if (!shown) {
        shown = make(key);
        known.set(key, shown);
      }
      shown.update(value);
      if (shown.element === place) place = place.nextElementSibling;
      else moveBefore(container, shown.element, place);
    }
  };
}

function moveBefore(container, element, place) {
  // Moved, an element would lose its focus.
  const focused = element.contains(document.activeElement) ? document.activeElement : null;
  container.insertBefore(element, place);
  focused?.focus({ preventScroll: true });
}

/** Sets a text only where it is another one. */
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** A clock that runs since then; a dash where nobody knows since when. */
export function since(node, moment) {
  if (moment === undefined) {
    delete node.dataset.since;
    say(node, "–");
  } else if (node.dataset.since !== moment) {
    node.dataset.since = moment;
  }
}
