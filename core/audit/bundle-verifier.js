/* The verifier of an inspection bundle. It runs in the page, alone, and trusts nothing in it but arithmetic. */
(async () => {
  const byId = (id) => document.getElementById(id);
  const verdict = byId("verdict");
  const say = (kind, sentence) => {
    verdict.className = `verdict ${kind}`;
    verdict.textContent = sentence;
  };
  const encoder = new TextEncoder();
  const fromBase64 = (text) => {
    const letters = atob(text);
    if (btoa(letters) !== text) throw new Error("two spellings of one value");
    return Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
  };
  const same = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);
  const joined = (...parts) => {
    const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  };
  const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const leafHash = (bytes) => sha256(joined([0], bytes));
  const nodeHash = (left, right) => sha256(joined([1], left, right));
  const half = (n) => Math.floor(n / 2);

  /* RFC 9162 §2.1.3.2 */
  async function pathRoot(leaf, index, size, path) {
    if (index >= size) return null;
    let node = index;
    let last = size - 1;
    let hash = leaf;
    for (const beside of path) {
      if (last === 0) return null;
      if (node % 2 === 1 || node === last) {
        hash = await nodeHash(beside, hash);
        while (node % 2 === 0 && node !== 0) {
          node = half(node);
          last = half(last);
        }
      } else hash = await nodeHash(hash, beside);
      node = half(node);
      last = half(last);
    }
    return last === 0 ? hash : null;
  }

  /* The root of `size` leaves of which these, from `from` on, are known; the subtrees beside them come from the proof. */
  async function stretchRoot(leaves, from, size, proof) {
    const to = from + leaves.length;
    let used = 0;
    const walk = async (low, high) => {
      if (high <= from || low >= to) return proof[used++] ?? null;
      if (high - low === 1) return leaves[low - from] ?? null;
      let k = 1;
      while (k * 2 < high - low) k *= 2;
      const left = await walk(low, low + k);
      const right = await walk(low + k, high);
      return left && right ? nodeHash(left, right) : null;
    };
    if (leaves.length === 0 || to > size) return null;
    const root = await walk(0, size);
    return used === proof.length ? root : null;
  }

  /* The elements of a leaf, as bytes [from, to) with their column; commas stand between them. */
  function elementsOf(bytes) {
    const found = [];
    let from = 1;
    let quoted = false;
    for (let i = 1; i < bytes.length; i++) {
      if (quoted && bytes[i] === 92) i += 1;
      else if (bytes[i] === 34) quoted = !quoted;
      else if (!quoted && (bytes[i] === 44 || bytes[i] === 93)) {
        found.push([from, i]);
        from = i + 1;
      }
    }
    return found;
  }

  function markOf(bytes, from, to) {
    let hash = 0x811c9dc5;
    for (let i = from; i < to; i++) hash = Math.imul(hash ^ bytes[i], 0x01000193);
    return ((hash >>> 16) ^ hash) & 0xffff;
  }

  function locatorOf(bytes) {
    const marks = [];
    for (const [begin, end] of elementsOf(bytes)) {
      for (let from = begin; from < end; from += 32) {
        const mark = markOf(bytes, from, Math.min(from + 32, end));
        marks.push(mark >> 8, mark & 255);
      }
    }
    return marks;
  }

  /* Where a leaf first differs from what was sealed: its locator holds two bytes for each 32 of each column. */
  async function whereAltered(bytes, sealed, locator, columns) {
    let index = 0;
    for (const [column, [begin, end]] of elementsOf(bytes).entries()) {
      for (let from = begin; from < end; from += 32) {
        const to = Math.min(from + 32, end);
        const mark = markOf(bytes, from, to);
        if (locator[index] !== mark >> 8 || locator[index + 1] !== (mark & 255)) {
          const name = column === 0 ? "version" : (columns[column - 1] ?? "the last");
          const trial = bytes.slice();
          for (let i = from; i < to; i++) {
            for (let value = 0; value < 256; value++) {
              trial[i] = value;
              if (value !== bytes[i] && same(await leafHash(trial), sealed)) {
                return `the column ${name} was altered at byte ${i}, which was "${String.fromCharCode(value)}"`;
              }
            }
            trial[i] = bytes[i];
          }
          return `the column ${name} was altered, first between bytes ${from} and ${to - 1}`;
        }
        index += 2;
      }
    }
    return "something beside its columns was altered";
  }

  let proof;
  const events = [];
  const begun = (line) => `The file is damaged: ${line}`;
  try {
    proof = JSON.parse(byId("proof").textContent);
    if (proof.format !== "cairn.bundle.1") throw new Error("format");
  } catch {
    return say("bad", begun("what leads from the events to the checkpoint cannot be read."));
  }
  if (!globalThis.crypto?.subtle) {
    return say(
      "warn",
      "Nothing was checked: this browser offers no cryptography to files. Open it in a current Chrome, Edge, Firefox or Safari.",
    );
  }

  const lines = byId("events")
    .textContent.split("\n")
    .filter((line) => line !== "");
  let firstBad = null;
  let firstLoose = null;
  let retired = 0;
  let checked = 0;
  for (const [i, line] of lines.entries()) {
    const [number, hash, locator, ...rest] = line.split(" ");
    const sealedText = rest.join(" ");
    const event = { leaf: Number(number), text: sealedText, values: null, bad: null, hash: null };
    events.push(event);
    try {
      event.hash = fromBase64(hash);
      if (sealedText === "retired") retired += 1;
      else {
        const bytes = encoder.encode(sealedText);
        const found = await leafHash(bytes);
        try {
          event.values = JSON.parse(sealedText);
        } catch {
          event.values = null;
        }
        if (event.leaf !== proof.from + i) event.bad = `line ${i + 1} of the events is out of its place`;
        else if (!same(found, event.hash)) {
          event.bad = await whereAltered(bytes, event.hash, fromBase64(locator), proof.columns);
          event.found = found;
        } else if (!same(fromBase64(locator), locatorOf(bytes))) firstLoose ??= event;
      }
    } catch {
      event.bad = `line ${i + 1} of the events cannot be read`;
    }
    firstBad ??= event.bad ? event : null;
    checked += 1;
    if (checked % 500 === 0) {
      verdict.textContent = `Checking… ${checked} of ${lines.length}`;
      await new Promise((resolve) => setTimeout(resolve));
    }
  }

  draw();

  const number = (event) =>
    event.values ? `Event ${event.values[2]} (leaf ${event.leaf})` : `The event of leaf ${event.leaf}`;
  if (lines.length !== proof.count) {
    return say("bad", `This file was altered: it should hold ${proof.count} events, and holds ${lines.length}.`);
  }
  let beside;
  let path;
  let root;
  try {
    beside = proof.beside.map(fromBase64);
    path = proof.path.map(fromBase64);
    root = fromBase64(proof.root);
  } catch {
    return say("bad", begun("the proof cannot be read."));
  }
  const sealedRoot = await stretchRoot(
    events.map((event) => event.hash ?? new Uint8Array(32)),
    proof.from,
    proof.size,
    beside,
  );
  const hashesHold = sealedRoot && same(sealedRoot, root);
  if (firstBad) {
    const foundRoot = await stretchRoot(
      events.map((event) => event.found ?? event.hash ?? new Uint8Array(32)),
      proof.from,
      proof.size,
      beside,
    );
    if (!hashesHold && foundRoot && same(foundRoot, root)) {
      return say(
        "bad",
        `This file was altered: the seal of leaf ${firstBad.leaf} is not the one that was signed. Its event is as it was recorded.`,
      );
    }
    return say("bad", `This file was altered. ${number(firstBad)} is not as it was recorded: ${firstBad.bad}.`);
  }
  if (!hashesHold)
    return say(
      "bad",
      "This file was altered: the seals of these events do not lead to the signed root of the institution.",
    );

  const head = JSON.stringify(["cairn.head.1", proof.tenant, String(proof.size), proof.root]);
  const cut = proof.note.indexOf("\n\n— ");
  const [origin, logSize, logRoot] = proof.note.split("\n");
  const reached = await pathRoot(await leafHash(encoder.encode(head)), proof.position, Number(logSize), path);
  let signedRoot = null;
  try {
    signedRoot = fromBase64(logRoot);
  } catch {
    signedRoot = null;
  }
  if (cut < 0 || !reached || !signedRoot || !same(reached, signedRoot)) {
    return say("bad", "This file was altered: the institution's root does not lead to the signed checkpoint.");
  }

  if (firstLoose) {
    return say(
      "bad",
      `This file was altered: the locator of leaf ${firstLoose.leaf} is another. The events are as they were recorded.`,
    );
  }

  const all =
    retired > 0
      ? `All ${lines.length - retired} events are as they were recorded; ${retired} more were retired.`
      : `All ${lines.length} events are as they were recorded.`;
  const publicKey = fromBase64(proof.publicKey);
  let key;
  try {
    key = await crypto.subtle.importKey("raw", publicKey, { name: "Ed25519" }, false, ["verify"]);
  } catch {
    return say(
      "warn",
      `The hashes of all ${lines.length} events lead to the checkpoint, but this browser cannot check its signature (it knows no Ed25519). Open the file in a newer one.`,
    );
  }
  const mark = (await sha256(joined(encoder.encode(`${origin}\n`), [1], publicKey))).subarray(0, 4);
  for (const line of proof.note.slice(cut + 2).split("\n")) {
    const [, name, word] = /^— (\S+) (\S+)$/.exec(line) ?? [];
    if (name !== origin) continue;
    let bytes = new Uint8Array();
    try {
      bytes = fromBase64(word);
    } catch {
      continue;
    }
    const text = encoder.encode(proof.note.slice(0, cut + 1));
    if (same(bytes.subarray(0, 4), mark) && (await crypto.subtle.verify("Ed25519", key, bytes.subarray(4), text))) {
      return say("ok", all);
    }
  }
  return say("bad", "This file was altered: the checkpoint does not bear the signature of the key that is shown.");

  function draw() {
    const rows = byId("rows");
    const more = byId("more");
    const find = byId("find");
    const at = (event, column) => event.values?.[proof.columns.indexOf(column) + 1] ?? "";
    let limit = 200;
    const show = () => {
      const word = find.value.toLowerCase();
      const wanted = word === "" ? events : events.filter((event) => event.text.toLowerCase().includes(word));
      rows.replaceChildren(...wanted.slice(0, limit).map(rowOf));
      byId("shown").textContent = `${Math.min(limit, wanted.length)} of ${wanted.length} shown`;
      more.hidden = wanted.length <= limit;
    };
    const rowOf = (event) => {
      const row = document.createElement("tr");
      if (event.bad) row.className = "bad";
      const cell = (text, name) => {
        const made = document.createElement("td");
        made.textContent = text;
        if (name) made.className = name;
        row.append(made);
        return made;
      };
      cell(at(event, "at").replace("T", " ").replace("Z", ""));
      cell(at(event, "id"));
      cell(event.text === "retired" ? "(retired)" : event.values ? at(event, "sentence") : "(unreadable)", "said");
      cell(at(event, "ip"));
      cell(at(event, "outcome"));
      const whole = document.createElement("details");
      const summary = document.createElement("summary");
      summary.textContent = "Show";
      const text = document.createElement("pre");
      text.textContent = event.values
        ? proof.columns.map((name, i) => `${name}: ${event.values[i + 1] ?? "none"}`).join("\n")
        : event.text;
      whole.append(summary, text);
      cell("").append(whole);
      return row;
    };
    find.addEventListener("input", () => {
      limit = 200;
      show();
    });
    more.addEventListener("click", () => {
      limit += 500;
      show();
    });
    show();
  }
})();
