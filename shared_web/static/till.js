// The till's keypad, and the amount on the buttons as it is typed. Without this, the amount is typed by keyboard.

import { goOnAsking } from "./asking.js";

const WELL_FORMED = /^(\d{0,4})(?:\.(\d{0,2}))?$/;

const amount = document.querySelector("#amount");
const keys = document.querySelector("[data-keys]");

function press(key) {
  const typed = key === "back" ? amount.value.slice(0, -1) : amount.value + key;
  if (WELL_FORMED.test(typed)) amount.value = typed;
  say();
}

function say() {
  const [, whole, part = ""] = WELL_FORMED.exec(amount.value.trim()) ?? [];
  const shown = whole || part ? `${Number(whole)}.${part.padEnd(2, "0")}` : "";
  for (const place of document.querySelectorAll("[data-for]")) place.textContent = shown && ` for ${shown}`;
  for (const place of document.querySelectorAll("[data-amount]")) place.textContent = shown || "it";
}

goOnAsking();
keys.hidden = false;
amount.inputMode = "none";
keys.addEventListener("click", (event) => {
  const key = event.target.closest("[data-key]");
  if (key) press(key.dataset.key);
});
amount.addEventListener("input", say);
say();
