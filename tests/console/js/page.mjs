// What scripts look for on a page, for those that only ask for its language.

globalThis.document = { documentElement: { lang: "en", dataset: {} } };
