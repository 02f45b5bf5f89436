// Drawing that is asked for while it draws: a field that is replaced while somebody types in it is
// left, which changes what it stands for.

/** `draw`, never inside itself: asked for meanwhile, it runs again when it is done. */
export function onceAtATime(draw) {
  let drawing = false;
  let again = false;
  return () => {
    again = drawing;
    if (drawing) return;
    drawing = true;
    try {
      do {
        again = false;
        draw();
      } while (again);
    } finally {
      drawing = false;
    }
  };
}
