// Told by the server that somebody saved a version: the draft looks at once, other tabs too.

/** Lets `draft` follow; the browser connects again by itself where the stream ends. */
export function followVersions(draft) {
  const stream = new EventSource("/api/v1/events?topics=configuration");
  stream.addEventListener("configuration", () => {
    draft.refresh().catch(() => {}); // the next request will tell what is wrong
  });
  addEventListener("pagehide", () => stream.close());
}
