// Ask the scheme to take an amount by a code, once: the key and the bytes are stored before they are sent, and the
// same are sent again until there is an answer, through lost replies, a dead signal or a closed browser.

const STORED = "tallystick-asking";
const TAKE = "/merchant/api/v1/redemptions";
const SHOWN_AFTER = 600;
const GIVE_UP_AFTER = 8000;
const WAITS = [1000, 2000, 3000, 5000];
const NOT_A_CODE = new Set(["shape", "check"]);

let memory = null;
let wake = () => {};

function store(request) {
  memory = request;
  try {
    if (request) localStorage.setItem(STORED, JSON.stringify(request));
    else localStorage.removeItem(STORED);
  } catch {
    // No storage in this browser: the request lives as long as the page.
  }
}

export function stored() {
  if (memory) return memory;
  try {
    return JSON.parse(localStorage.getItem(STORED));
  } catch {
    return null;
  }
}

// A request that was under way when the page went away is asked again before anything new is.
export function goOnAsking() {
  if (stored()) location.replace("/merchant/till/checking");
}

function drawKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Resolves with the problem where the answer has no page of its own; leaves the page otherwise.
export function take({ amount, shown, code }) {
  store({ key: drawKey(), stopKey: drawKey(), body: JSON.stringify({ amount, code }), shown, at: Date.now(), tries: 0 });
  return settle();
}

export async function settle() {
  const request = stored();
  const screen = new Screen(request);
  try {
    return await untilKnown(request, screen);
  } finally {
    screen.end();
  }
}

async function untilKnown(request, screen) {
  for (;;) {
    request.tries += 1;
    store(request);
    const answer = await ask(TAKE, request.key, request.body);
    if (answer.known) return request.stopping && answer.status === 201 ? undo(request, answer.facts) : leave(answer);
    await pause(answer.wait ?? WAITS[Math.min(request.tries, WAITS.length) - 1]);
    screen.tick();
  }
}

async function undo(request, taken) {
  for (let tries = 1; ; tries += 1) {
    const answer = await ask(`${TAKE}/${taken.reference}/void`, request.stopKey, "{}");
    const isUndone = answer.status === 200 || answer.facts?.code === "already_voided";
    if (answer.known) return go(isUndone ? `/merchant/till/stopped/${taken.reference}` : taken.result);
    await pause(answer.wait ?? WAITS[Math.min(tries, WAITS.length) - 1]);
  }
}

// A locked till asks for the PIN first, a closed one for the owner; the request stays stored and is asked again after.
function leave(answer) {
  if (answer.facts?.code === "till_locked" || answer.status === 401) return location.assign("/merchant/till");
  if (answer.facts?.result) return go(answer.facts.result, answer.facts);
  store(null);
  return answer.facts;
}

function go(address, facts) {
  store(null);
  if (NOT_A_CODE.has(facts?.reason)) return facts;
  location.assign(address);
  return new Promise(() => {});
}

async function ask(address, key, body) {
  try {
    const response = await fetch(address, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        "Idempotency-Key": key,
        "X-CSRFToken": document.querySelector("[data-token]").dataset.token,
      },
      body,
      redirect: "error",
      signal: AbortSignal.timeout(GIVE_UP_AFTER),
    });
    const facts = await response.json();
    const known = response.status < 500 && facts.code !== "in_progress";
    const wait = Number(response.headers.get("Retry-After")) * 1000 || undefined;
    return { known, status: response.status, facts, wait };
  } catch {
    return { known: false };
  }
}

function pause(milliseconds) {
  return new Promise((go) => {
    wake = go;
    setTimeout(go, milliseconds);
  });
}

// The whole slate screen: never before 600 ms, and gone only with the answer.
class Screen {
  constructor(request) {
    this.request = request;
    this.box = document.querySelector("[data-asking]");
    this.timer = setTimeout(() => this.show(), Math.max(0, SHOWN_AFTER - (Date.now() - request.at)));
    this.ticking = setInterval(() => this.tick(), 1000);
    this.find("[data-check]").onclick = () => wake();
    this.find("[data-stop]").onclick = () => this.stop();
    window.addEventListener("online", () => wake());
  }

  find(name) {
    return this.box.querySelector(name);
  }

  show() {
    for (const other of document.querySelectorAll("[data-page], .ts-header, .ts-back")) other.hidden = true;
    document.body.classList.remove("ts-dark");
    document.body.classList.add("ts-outcome-page", "ts-checking");
    document.title = document.title.replace(/^.*?(?= – )/, `Checking, ${this.request.shown} credits`);
    history.replaceState(null, "", "/merchant/till/checking");
    this.find("[data-shown-amount]").textContent = this.request.shown;
    this.box.hidden = false;
    this.find("[data-heading]").focus();
    this.tick();
  }

  tick() {
    const seconds = Math.round((Date.now() - this.request.at) / 1000);
    this.find("[data-asked]").textContent = seconds === 1 ? "1 second ago" : `${seconds} seconds ago`;
    this.find("[data-tries]").textContent = this.request.tries;
    if (this.request.stopping) this.sayStopping();
  }

  stop() {
    this.request.stopping = true;
    store(this.request);
    this.tick();
    wake();
  }

  sayStopping() {
    this.find("[data-stop]").hidden = true;
    this.find("[data-heading]").textContent = "Stopping";
    this.find("[data-wait]").textContent = "Wait until this says Stopped.";
    this.find("[data-why]").textContent = "We must hear first whether it went through. If it did, it goes back.";
  }

  end() {
    clearTimeout(this.timer);
    clearInterval(this.ticking);
  }
}
