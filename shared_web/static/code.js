// The code page: a new drawing at 45 seconds, a ring that says so, and the receipt as soon as a till has taken it.
// Without this, the page says until when it is good and its button gets a new one.

const card = document.querySelector("[data-code]");
const address = `/api/v1/codes/${card.dataset.code}`;
const ring = card.querySelector(".ts-ring .left");
const countdown = card.querySelector("[data-countdown]");
const words = card.querySelector("[data-words]");
const said = card.querySelector("[data-said]");
const lives = Number(card.dataset.lives);
const renewAfter = Number(card.dataset.renewAfter);
const ASK_EVERY = 2000;
const SAY_AT = 15;

let drawnAt = performance.now();
let renewing = false;
let tooOld = false;

function secondsSinceDrawn() {
  return (performance.now() - drawnAt) / 1000;
}

function show(text) {
  if (words.textContent !== text) words.textContent = text;
}

function tick() {
  const left = Math.max(0, Math.ceil(renewAfter - secondsSinceDrawn()));
  ring.setAttribute("stroke-dasharray", `${tooOld ? lives : left} ${lives}`);
  if (tooOld) return;
  show(`New code in ${left} ${left === 1 ? "second" : "seconds"}`);
  if (left === SAY_AT) said.textContent = `New code in ${SAY_AT} seconds`;
  if (left === 0 && !document.hidden) renew();
}

async function renew() {
  if (renewing) return;
  renewing = true;
  try {
    const answer = await fetch(`${address}/drawings`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": card.dataset.token },
      body: "{}",
    });
    if (answer.ok) draw(await answer.json());
    else if (answer.status < 500 && answer.status !== 429) await ended(await answer.json());
    else age();
  } catch {
    age();
  } finally {
    renewing = false;
  }
}

function draw(code) {
  const picture = card.querySelector(".ts-qr");
  picture.setAttribute("viewBox", `0 0 ${code.qr.side} ${code.qr.side}`);
  picture.querySelector("rect").setAttribute("width", code.qr.side);
  picture.querySelector("rect").setAttribute("height", code.qr.side);
  picture.querySelector("path").setAttribute("d", code.qr.path);
  const [seen, heard] = card.querySelectorAll("[data-short] span");
  seen.textContent = code.short_code;
  heard.textContent = code.short_code.replaceAll("-", "").split("").join(" ");
  drawnAt = performance.now();
  tooOld = false;
  countdown.classList.remove("ts-countdown--old");
  said.textContent = "This is a new code";
}

function age() {
  tooOld = true;
  countdown.classList.add("ts-countdown--old");
  show("May be too old. Get a new code");
  said.textContent = words.textContent;
}

async function ended(problem) {
  if (problem.code === "code_already_redeemed") location.assign(`/code/${card.dataset.code}`);
  else age();
}

async function ask() {
  if (document.hidden) return;
  try {
    const answer = await fetch(address, { headers: { Accept: "application/json" } });
    if (answer.ok && (await answer.json()).state === "redeemed") location.assign(`/code/${card.dataset.code}`);
  } catch {
    // No signal: the next question may get through.
  }
}

card.querySelector("[data-ring]").hidden = false;
tick();
setInterval(tick, 250);
setInterval(ask, ASK_EVERY);
document.addEventListener("visibilitychange", ask);
