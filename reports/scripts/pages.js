// Improves what is whole without it: what is shown stays fresh, lists are filtered while one types.
"use strict";
(() => {
  const PAUSE_OF_TYPING = 250;
  const parts = () => document.querySelectorAll("[data-live][id]");

  // The same page as the server has it now; nothing where it answers with another one, such as that for signing in.
  async function fetched(url, signal) {
    const answer = await fetch(url, { signal, headers: { accept: "text/html" }, credentials: "same-origin" });
    if (!answer.ok || answer.redirected) throw new Error(`answered ${answer.status}`);
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  }

  // Whether somebody is in the midst of this part: with the keyboard, or with text that is marked.
  function isInUse(part) {
    if (document.activeElement !== document.body && part.contains(document.activeElement)) return true;
    const marked = getSelection();
    return marked !== null && !marked.isCollapsed && marked.containsNode(part, true);
  }

  function replace(part, by) {
    if (part.innerHTML === by.innerHTML) return false;
    part.replaceChildren(...Array.from(by.childNodes, (node) => document.importNode(node, true)));
    return true;
  }

  // Every so many seconds, as the page says. Where the server's page says it no more (a run has ended), that one is
  // loaded.
  function stayFresh(told) {
    const seconds = Number(told.dataset.updates);
    const still = matchMedia("(prefers-reduced-motion: reduce)");
    const words = document.createElement("span");
    const news = document.createElement("span");
    news.className = "unseen";
    news.setAttribute("role", "status");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "plain";
    // whoever asked for stillness begins it by hand
    let paused = still.matches;
    const say = (text) => {
      words.textContent = text;
      button.textContent = paused ? "Keep this page fresh" : "Pause updates";
    };
    const usual = `Updated every ${seconds} seconds`;
    const conclusion = () => document.getElementById("conclusion")?.textContent.trim();

    async function refresh() {
      if (paused || document.visibilityState !== "visible") return;
      try {
        const page = await fetched(location.href.split("#")[0]);
        const isIdle = document.activeElement === button || !isInUse(document.body);
        if (!page.querySelector("[data-updates]") && isIdle) return location.reload();
        const before = conclusion();
        for (const part of parts()) {
          const by = page.getElementById(part.id);
          if (by && !isInUse(part)) replace(part, by);
        }
        const hero = document.querySelector(".hero");
        const now = page.querySelector(".hero");
        if (hero && now) hero.className = now.className;
        if (conclusion() !== before) news.textContent = conclusion();
        const foot = document.querySelector("footer time");
        const time = page.querySelector("footer time");
        if (foot && time) foot.replaceWith(document.importNode(time, true));
        document.title = page.title;
        say(`Updated ${time ? time.textContent : ""}`);
      } catch {
        say("Could not be updated; what is shown may be old.");
      }
    }

    button.addEventListener("click", () => {
      paused = !paused;
      say(paused ? "Updates are paused." : usual);
      refresh();
    });
    say(paused ? "" : usual);
    told.append(button, words, news);
    told.hidden = false;
    setInterval(refresh, seconds * 1000);
    document.addEventListener("visibilitychange", refresh);
  }

  function findWhileTyping(form) {
    let timer;
    let running;
    const find = async () => {
      const asked = new URLSearchParams();
      for (const [name, value] of new FormData(form)) if (value) asked.append(name, value);
      const url = `${location.pathname}${asked.size ? `?${asked}` : ""}`;
      running?.abort();
      running = new AbortController();
      try {
        const page = await fetched(url, running.signal);
        const part = document.getElementById(form.dataset.find);
        const by = page.getElementById(form.dataset.find);
        if (!part || !by) return;
        replace(part, by);
        history.replaceState(null, "", url);
      } catch (why) {
        // the form is still there to be sent
        if (why.name !== "AbortError") form.submit();
      }
    };
    form.addEventListener("input", (event) => {
      clearTimeout(timer);
      timer = setTimeout(find, event.target.type === "search" ? PAUSE_OF_TYPING : 0);
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      clearTimeout(timer);
      find();
    });
  }

  // What was just done is said once: loading the page again does not say it again.
  const here = new URL(location.href);
  if (here.searchParams.has("said")) {
    here.searchParams.delete("said");
    history.replaceState(null, "", here);
  }

  for (const told of document.querySelectorAll("[data-updates]")) stayFresh(told);
  for (const form of document.querySelectorAll("form[data-find]")) findWhileTyping(form);

  // A request that changes something is sent once.
  for (const form of document.querySelectorAll("form[method=post]")) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) event.preventDefault();
      form.dataset.sent = "yes";
    });
  }
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });
})();
