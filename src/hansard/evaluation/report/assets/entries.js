/* One utterance: its sound, and what each model made of it. Texts only ever become text. */
"use strict";
const HansardEntries = (() => {
  const MOST_WORDS = 600;

  function make(tag, name, text) {
    const element = document.createElement(tag);
    if (name) element.className = name;
    if (text !== undefined) element.textContent = text;
    return element;
  }

  function percent(value) {
    return value === null || !Number.isFinite(value) ? "\u2013" : (100 * value).toFixed(1);
  }

  function word(pair, time) {
    const span = make("span", "w");
    if (typeof pair === "string") {
      span.textContent = pair;
    } else {
      const [said, written, tolerated] = pair;
      span.classList.add(said && written ? (tolerated ? "tolerated" : "substituted") : said ? "deleted" : "inserted");
      if (said) span.append(make("del", "", said));
      if (written) span.append(make("ins", "", written));
    }
    if (typeof time === "number") {
      span.classList.add("seek");
      span.dataset.time = String(time);
      span.title = `${time.toFixed(2)} s`;
    }
    return span;
  }

  function fill(paragraph, diff, times, from, to) {
    const parts = document.createDocumentFragment();
    for (let place = from; place < Math.min(to, diff.length); place += 1) {
      parts.append(word(diff[place], times ? times[place] : null), " ");
    }
    paragraph.append(parts);
    if (diff.length <= to) return;
    const more = make("button", "button", `${diff.length - to} more words`);
    more.type = "button";
    more.addEventListener("click", () => {
      more.remove();
      fill(paragraph, diff, times, to, Infinity);
    });
    paragraph.append(more);
  }

  function text(content, name, language) {
    const paragraph = make("p", name, content);
    paragraph.dir = "auto";
    if (/^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$/.test(language)) paragraph.lang = language.replaceAll("_", "-");
    return paragraph;
  }

  function line(who, rate, ...content) {
    const element = make("div", "line");
    const name = make("span", "who");
    name.append(make("bdi", "", who));
    name.title = who;
    element.append(name, rate, ...content);
    return element;
  }

  function rateOf(figures, level) {
    const element = make("span", "rate", percent(figures[level]));
    const [raw, normalised, tolerant, substituted, deleted, inserted] = figures;
    element.title = `WER: as written ${percent(raw)}, normalised ${percent(normalised)}, variants tolerated `
      + `${percent(tolerant)}; ${substituted} substituted, ${deleted} deleted, ${inserted} inserted`;
    return element;
  }

  function head(row) {
    const element = make("div", "head");
    element.append(make("bdi", "id", row[0]));
    for (const value of row.slice(1, 4)) if (value) element.append(make("bdi", "chip", value));
    if (row[5] !== null) element.append(make("span", "chip", `${row[5].toFixed(1)} s`));
    if (row[4] !== null) element.append(make("span", "chip", `${row[4].toFixed(0)} dB`));
    if (row[7]) {
      const audio = make("audio");
      audio.controls = true;
      audio.preload = "none";
      audio.src = row[7];
      audio.setAttribute("aria-label", `Sound of ${row[0]}`);
      element.append(audio);
    }
    return element;
  }

  function entry(row, texts, models, options) {
    const element = make("li", "entry");
    element.append(head(row));
    const [reference, heard] = texts;
    if (options.written) element.append(line("reference", make("span", "rate"), text(reference, "diff", row[1])));
    heard.forEach((each, model) => {
      if (!each) return;
      const [written, diff, times, failure] = each;
      const paragraph = text("", "diff", row[1]);
      if (failure) paragraph.append(make("em", "failure", `failed: ${failure}`), " ");
      fill(paragraph, diff, times, 0, MOST_WORDS);
      element.append(line(models[model], rateOf(row[9][model], options.level), paragraph));
      if (options.written) element.append(line("", make("span", "rate"), text(written, "diff written", row[1])));
    });
    listen(element, row[8]);
    return element;
  }

  /* a click on a word plays from there; the word being said is marked */
  function listen(element, offset) {
    const audio = element.querySelector("audio");
    const words = [...element.querySelectorAll(".seek")];
    if (!audio || !words.length) return;
    for (const each of words) {
      each.setAttribute("role", "button");
      each.tabIndex = -1;
    }
    words[0].tabIndex = 0;
    const play = (each) => {
      const go = () => { audio.currentTime = offset + Number(each.dataset.time); };
      if (audio.readyState) go();
      else audio.addEventListener("loadedmetadata", go, { once: true });
      audio.play().catch(() => {});
    };
    element.addEventListener("click", (event) => {
      const each = event.target.closest(".seek");
      if (each) play(each);
    });
    element.addEventListener("keydown", (event) => {
      const now = words.indexOf(event.target);
      if (now < 0) return;
      if (event.key === "Enter" || event.key === " ") play(words[now]);
      const next = words[now + ({ ArrowRight: 1, ArrowLeft: -1 }[event.key] ?? 0)];
      if (event.key === "Enter" || event.key === " " || next !== words[now]) event.preventDefault();
      if (!next || next === words[now]) return;
      words[now].tabIndex = -1;
      next.tabIndex = 0;
      next.focus();
    });
    audio.addEventListener("timeupdate", () => {
      const time = audio.currentTime - offset + 0.02;
      element.querySelectorAll(".diff").forEach((paragraph) => {
        let last = null;
        for (const each of paragraph.querySelectorAll(".seek")) {
          each.classList.remove("now");
          if (Number(each.dataset.time) <= time) last = each;
        }
        if (last && !audio.paused) last.classList.add("now");
      });
    });
  }

  return { entry, make };
})();
