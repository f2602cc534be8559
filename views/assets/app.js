// What a page gains with JavaScript. Everything works without it.
(() => {
  const page = document;
  const find = (selector) => page.querySelector(selector);
  const say = (text) => {
    find("#live").textContent = text;
  };

  // After a refused form the list of its problems takes the focus, whether the page was loaded or swapped.
  const settle = () => {
    const summary = find("[data-error-summary]:not([data-seen])");
    if (summary) {
      summary.dataset.seen = "";
      summary.focus();
    } else if (page.activeElement === page.body) {
      find("[data-focus]")?.focus();
    }
  };
  settle();
  find("[data-follow]")?.click();

  // That somebody pressed play: told once, whatever becomes of it.
  page.addEventListener(
    "play",
    ({ target }) => {
      const { played } = target.dataset;
      delete target.dataset.played;
      if (played) fetch(played, { method: "POST", redirect: "manual" }).catch(() => {});
    },
    true,
  );

  // What the house had no room for is sent again: not by everybody at the same moment.
  const again = find("form[data-again]");
  if (again) setTimeout(() => again.requestSubmit(), 3000 + Math.random() * 4000);

  page.addEventListener("htmx:after:swap", settle);
  for (const failure of ["htmx:response:error", "htmx:error"]) {
    page.addEventListener(failure, (event) => {
      const status = event.detail.ctx?.response?.status ?? 500;
      if (status < 500) return;
      const toast = page.createElement("p");
      toast.className = "toast toast-bad";
      toast.textContent = "The server did not answer as it should. Nothing was saved. Try again in a moment.";
      find("#toasts").replaceChildren(toast);
    });
  }

  page.addEventListener("keydown", (event) => {
    if (event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !event.target.closest("input,select,textarea")) {
      const search = find("#search");
      if (search) {
        event.preventDefault();
        search.focus();
      }
    }
    if (event.key === "Escape") find("details.person[open]")?.removeAttribute("open");
  });

  page.addEventListener("click", (event) => {
    const menu = find("details.person[open]");
    if (menu && !menu.contains(event.target)) menu.open = false;
    const opener = event.target.closest("[data-dialog]");
    const dialog = opener && page.getElementById(opener.dataset.dialog);
    if (dialog?.showModal) {
      event.preventDefault();
      dialog.showModal();
    }
    const closer = event.target.closest("[data-close]");
    if (closer) {
      event.preventDefault();
      closer.closest("dialog").close();
    }
    if (event.target.closest("[data-print]")) print();
    const passkey = event.target.closest("[data-passkey-question]");
    if (passkey) signWith(passkey);
  });

  // A passkey answers inside the form that it signs.
  const signWith = async (button) => {
    const { form } = button;
    const alert = button.nextElementSibling;
    const tell = (text) => {
      alert.textContent = text;
      alert.hidden = text === "";
    };
    tell("");
    const name = form.querySelector("[autocomplete=username]");
    if (name?.value.trim() === "") {
      tell("Enter your e-mail address first.");
      name.focus();
      return;
    }
    if (!window.PublicKeyCredential?.parseRequestOptionsFromJSON) {
      tell("This browser knows no passkeys. Sign with a password, or use a newer browser.");
      return;
    }
    try {
      const asked = await fetch(button.dataset.passkeyQuestion);
      const { options } = new DOMParser()
        .parseFromString(await asked.text(), "text/html")
        .querySelector("[data-options]").dataset;
      const answer = await navigator.credentials.get({
        publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(JSON.parse(options)),
      });
      form.elements.namedItem(button.dataset.passkeyAnswer).value = JSON.stringify(answer.toJSON());
    } catch {
      tell("Nothing was signed. Press the button to try again, or sign with a password.");
      return;
    }
    const ways = form.querySelectorAll("button:not([type=button])");
    if (ways.length === 1) form.requestSubmit(ways[0]);
    else tell("Your passkey has answered. Now press the button that says what you sign.");
  };

  page.addEventListener("change", (event) => {
    if (!event.target.matches("[data-select-all]")) return;
    for (const box of event.target.closest("table").querySelectorAll("tbody .select-cell input")) {
      box.checked = event.target.checked;
    }
  });

  // Unsaved entries.
  let unsaved = null;
  page.addEventListener("input", (event) => {
    unsaved = event.target.closest("form[data-guard]") ?? unsaved;
  });
  page.addEventListener("submit", () => {
    unsaved = null;
  });
  addEventListener("beforeunload", (event) => {
    if (unsaved) event.preventDefault();
  });

  // Entries that a session's end would lose: sealed by the server, kept by this tab alone, and opened again for the same
  // person on the same page. Never a password or a file.
  const here = `unsaved ${location.pathname}`;
  const typed = "input:not([type=hidden],[type=password],[type=file]),select,textarea";
  const ask = (path, fields) =>
    fetch(path, { method: "POST", body: new URLSearchParams({ page: location.pathname, ...fields }) }).then((answer) =>
      answer.ok ? answer.json() : Promise.reject(answer.status),
    );
  const keep = (form) => {
    const fields = [...form.querySelectorAll(typed)].filter(({ name }) => name);
    const entries = fields.map((one) => [one.name, one.value, one.checked ?? null, [...(one.selectedOptions ?? [])].map(({ value }) => value)]);
    ask("/account/unsaved", { entries: JSON.stringify({ action: form.getAttribute("action"), entries }) })
      .then(({ sealed }) => {
        sessionStorage.setItem(here, sealed);
        say("Your entries are kept: sign in again in this window and they are back.");
      })
      .catch(() => {});
  };
  const giveBack = ({ action, entries }) => {
    const form = [...page.querySelectorAll("form[data-guard]")].find((one) => one.getAttribute("action") === action);
    const fields = [...(form?.querySelectorAll(typed) ?? [])].filter(({ name }) => name);
    if (!form || fields.length !== entries.length) return;
    fields.forEach((one, i) => {
      const [name, value, checked, chosen] = entries[i];
      if (one.name !== name) return;
      if (one.options) for (const option of one.options) option.selected = chosen.includes(option.value);
      else if (one.type === "checkbox" || one.type === "radio") one.checked = checked;
      else one.value = value;
    });
    unsaved = form;
    const told = page.createElement("p");
    told.className = "note note-warn";
    told.setAttribute("role", "status");
    told.textContent = "Your session had ended. What you had entered is back, and not saved yet.";
    form.before(told);
  };
  const kept = sessionStorage.getItem(here);
  if (kept && page.body.dataset.idle) {
    // Kept for another try where the house had no room, and for nobody else.
    ask("/account/unsaved/open", { sealed: kept }).then(
      (entries) => {
        sessionStorage.removeItem(here);
        giveBack(entries);
      },
      (status) => status < 500 && sessionStorage.removeItem(here),
    );
  }

  // The end of the session: a warning two minutes before, with the entries kept as a draft on the server. All windows
  // share one clock, so that a forgotten one neither warns in vain nor keeps the others alive.
  const idle = Number(page.body.dataset.idle);
  const warning = find("#session");
  if (!idle || !warning?.showModal) return;
  const windows = new BroadcastChannel("session");
  const ends = Math.max(idle - 120, idle / 2);
  let timers = [];
  const wind = () => {
    timers.forEach(clearTimeout);
    if (warning.open) warning.close();
    timers = [
      setTimeout(() => {
        if (unsaved?.dataset.draft) {
          fetch(unsaved.dataset.draft, { method: "POST", body: new FormData(unsaved) }).then((answer) => {
            if (answer.ok) say("Your entries are kept as a draft.");
          });
        } else if (unsaved) keep(unsaved);
        warning.showModal();
      }, ends * 1000),
      setTimeout(
        () => {
          unsaved = null;
          location.reload();
        },
        (idle + 3) * 1000,
      ),
    ];
  };
  const alive = () => {
    windows.postMessage("");
    wind();
  };
  windows.onmessage = wind;
  warning.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    fetch(event.target.action, { method: "POST" }).then((answer) => {
      if (!answer.ok) return location.reload();
      sessionStorage.removeItem(here);
      alive();
    });
  });
  page.addEventListener("htmx:after:request", alive);
  alive();
})();
