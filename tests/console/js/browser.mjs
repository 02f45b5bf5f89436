// As much of a browser as scripts ask for when they are loaded, for the pure parts of those that draw.

import "./page.mjs";

globalThis.document.addEventListener = () => null;
globalThis.document.querySelectorAll = () => [];
globalThis.setInterval = () => 0;
globalThis.addEventListener = () => null;

export const SCRIPTS = "../../../callrouter/console/static/js";
