// Sending a file with its progress, by choosing it or dropping it on a place.

import { ApiProblem, el, icon } from "./base.js";
import { soundsThere } from "./choices.js";
import { nextId } from "./labels.js";
import { _ } from "./words.js";

const MOST_BYTES = 30 * 1024 * 1024;

/** A plain name for a file: what the folder takes. */
export function plainName(name) {
  const dot = name.lastIndexOf(".");
  const stem = (dot > 0 ? name.slice(0, dot) : name).normalize("NFC").replace(/[^\p{L}\p{N} ._-]+/gu, "-").replace(/^[-. ]+|[-. ]+$/g, "");
  return stem.slice(0, 80) || "sound";
}

/** Sends the file; resolves with the API's answer, throws ApiProblem. `progress` gets 0 to 1. */
export function send(path, file, progress, headers = {}) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `/api/v1${path}`);
    request.setRequestHeader("X-CSRF-Token", document.documentElement.dataset.csrf);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("Content-Type", "application/octet-stream");
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.addEventListener("progress", (event) => event.lengthComputable && progress(event.loaded / event.total));
    request.addEventListener("load", () => {
      let answer = {};
      try {
        answer = JSON.parse(request.responseText);
      } catch {
        answer = { title: request.statusText };
      }
      if (request.status >= 200 && request.status < 300) resolve(answer);
      else reject(new ApiProblem(request.status, answer));
    });
    request.addEventListener("error", () => reject(new ApiProblem(0, { detail: _("The console cannot be reached. Is it running?") })));
    request.send(file);
  });
}

/**
 * A place to drop a recording on, or to choose one. `done(sound)` is called with the name to play.
 * One that is there already is replaced only when somebody says so.
 */
export function soundDrop(done) {
  return fileDrop({
    accept: "audio/*,.wav,.flac,.ogg,.mp3",
    words: _("Drop a recording here (WAV, FLAC, OGG or MP3), or"),
    path: "/configuration/sounds",
    mostBytes: MOST_BYTES,
    tooLarge: _("The file is larger than 30 MB."),
    keptAs: ({ sound }) => sound,
    existing: async (name) => (await soundsThere({ again: true })).find((each) => each.name === `${name}.wav`)?.etag,
  }, done);
}

/** The same for an iCalendar file: `done(file)`. */
export function calendarDrop(done) {
  return fileDrop({
    accept: ".ics,text/calendar",
    words: _("Drop an iCalendar file here (.ics), or"),
    path: "/configuration/calendars",
    mostBytes: 2_000_000,
    tooLarge: _("The file is larger than 2 MB."),
    keptAs: ({ file }) => file,
    existing: (_name, problem) => problem.etag,
  }, done);
}

function fileDrop(options, done) {
  const input = el("input", { type: "file", accept: options.accept, class: "visually-hidden", id: nextId() });
  const bar = el("progress", { max: "1", value: "0", hidden: true, "aria-label": _("Sending the file") });
  const told = el("div", { role: "status" });
  const place = el("div", { class: "drop" }, icon("upload"),
    el("span", {}, options.words, " "),
    el("label", { class: "button small", for: input.id }, _("Choose a file")), input, bar, told);

  async function take(file, headers = {}) {
    if (!file) return;
    if (file.size > options.mostBytes) {
      wrong(options.tooLarge);
      return;
    }
    bar.hidden = false;
    bar.value = 0;
    told.replaceChildren();
    try {
      const name = encodeURIComponent(plainName(file.name));
      const kept = options.keptAs(await send(`${options.path}?name=${name}`, file, (share) => (bar.value = share), headers));
      told.replaceChildren(el("p", { class: "ok-text" }, icon("check"), _("Kept as %(name)s.", { name: `\u2068${kept}\u2069` })));
      done(kept);
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      wrong(error.detail, true);
      if (error.status === 412) await offerReplacing(file, error.problem);
    } finally {
      bar.hidden = true;
      input.value = "";
    }
  }

  async function offerReplacing(file, problem) {
    const etag = await options.existing(plainName(file.name), problem);
    if (!etag) return;
    told.append(el("button", { type: "button", class: "button small", onclick: () => take(file, { "If-Match": `"${etag}"` }) }, _("Replace it")));
  }

  function wrong(text, english = false) {
    told.replaceChildren(el("p", { class: "field-error" }, icon("error"), el("span", english ? { lang: "en", dir: "ltr" } : {}, text)));
  }

  input.addEventListener("change", () => take(input.files[0]));
  place.addEventListener("dragover", (event) => {
    event.preventDefault();
    place.classList.add("over");
  });
  for (const name of ["dragleave", "drop"]) place.addEventListener(name, () => place.classList.remove("over"));
  place.addEventListener("drop", (event) => {
    event.preventDefault();
    take(event.dataTransfer.files[0]);
  });
  return place;
}
