/* The list of utterances: a page of it at a time, texts fetched as scripts when they are needed. */
"use strict";
const HansardReport = (() => {
  const PAGE = 25;
  const at = (id) => document.getElementById(id);
  let models = [];
  let chunk = 1;
  let rows = [];
  let controls = null;
  let picked = null;
  let shown = [];
  let page = 0;
  let turn = 0;
  const loaded = new Map();
  const waiting = new Map();

  /* pages opened from a disk may not read files, but may run scripts that lie beside them */
  function load(number) {
    if (loaded.has(number)) return Promise.resolve();
    if (waiting.has(number)) return waiting.get(number).promise;
    const wait = {};
    wait.promise = new Promise((resolve, reject) => {
      const script = document.createElement("script");
      wait.done = resolve;
      script.charset = "utf-8";
      script.src = `data/texts-${number}.js`;
      script.onerror = () => {
        waiting.delete(number);
        reject(new Error(`data/texts-${number}.js is missing`));
      };
      document.head.append(script);
    });
    waiting.set(number, wait);
    return wait.promise;
  }

  function texts(number, content) {
    loaded.set(number, content);
    waiting.get(number)?.done();
    waiting.delete(number);
  }

  function textsOf(number) {
    return loaded.get(Math.floor(number / chunk))[number % chunk];
  }

  const fold = (text) => text.normalize("NFC").toLowerCase();

  function holds(number, wanted) {
    if (fold(rows[number][0]).includes(wanted)) return true;
    const [reference, heard] = textsOf(number);
    return fold(reference).includes(wanted) || heard.some((each) => each && fold(each[0]).includes(wanted));
  }

  async function search(mine) {
    const wanted = fold(controls.text.value.trim());
    const all = picked ? picked.numbers : rows.map((_, number) => number);
    if (!wanted) return all;
    const parts = [...new Set(all.map((number) => Math.floor(number / chunk)))];
    for (const [done, part] of parts.entries()) {
      if (mine !== turn) return [];
      if (!loaded.has(part)) at("status").textContent = `Reading texts: ${done} of ${parts.length}`;
      await load(part);
    }
    return all.filter((number) => holds(number, wanted));
  }

  async function update() {
    turn += 1;
    const mine = turn;
    try {
      const numbers = await search(mine);
      if (mine !== turn) return;
      shown = HansardFilters.apply(rows, [...numbers], controls);
      page = 0;
      await show(mine);
    } catch (error) {
      at("status").textContent = `Cannot show the utterances: ${error.message}`;
    }
  }

  async function show(mine) {
    const numbers = shown.slice(page * PAGE, (page + 1) * PAGE);
    await Promise.all([...new Set(numbers.map((number) => Math.floor(number / chunk)))].map(load));
    if (mine !== turn) return;
    const options = { written: controls.written.checked, level: Number(controls.level.value) };
    at("entries").replaceChildren(
      ...numbers.map((number) => HansardEntries.entry(rows[number], textsOf(number), models, options)),
    );
    tell();
    drawPages();
  }

  function tell() {
    const status = at("status");
    const count = shown.length.toLocaleString("en");
    status.textContent = "";
    if (picked) {
      const chosen = HansardEntries.make("span", "chosen", picked.about);
      chosen.dir = "auto";
      const all = HansardEntries.make("button", "button", "Show all again");
      all.type = "button";
      all.addEventListener("click", () => {
        picked = null;
        update();
      });
      status.append(chosen, all, " ");
    }
    status.append(`${count} of ${rows.length.toLocaleString("en")} utterances`);
  }

  function drawPages() {
    const holder = at("pages");
    const last = Math.max(0, Math.ceil(shown.length / PAGE) - 1);
    const go = (label, to) => {
      const button = HansardEntries.make("button", "", label);
      button.type = "button";
      button.disabled = to < 0 || to > last || to === page;
      button.addEventListener("click", async () => {
        page = to;
        turn += 1;
        await show(turn);
        at("utterances").scrollIntoView();
      });
      return button;
    };
    holder.replaceChildren(
      go("First", 0), go("Previous", page - 1),
      HansardEntries.make("span", "", `Page ${page + 1} of ${last + 1}`),
      go("Next", page + 1), go("Last", last),
    );
    holder.hidden = last === 0;
  }

  function pick(link) {
    const numbers = link.getAttribute("data-rows").split(" ").map(Number);
    picked = { numbers, about: link.getAttribute("data-about") };
    controls.text.value = "";
    update();
    at("utterances").scrollIntoView();
    at("utterances").focus({ preventScroll: true });
  }

  function begin(head, content) {
    models = head.models;
    chunk = head.chunk;
    rows = content;
    controls = HansardFilters.build(at("controls"), models, rows);
    let soon = 0;
    for (const control of Object.values(controls)) {
      control.addEventListener("input", () => {
        clearTimeout(soon);
        soon = setTimeout(update, control.type === "search" || control.type === "number" ? 250 : 0);
      });
    }
    document.addEventListener("click", (event) => {
      const link = event.target.closest("a[data-rows]");
      if (!link) return;
      event.preventDefault();
      pick(link);
    });
    /* one sound at a time */
    document.addEventListener("play", (event) => {
      for (const audio of document.querySelectorAll("audio")) if (audio !== event.target) audio.pause();
    }, true);
    update();
  }

  return { begin, texts };
})();
