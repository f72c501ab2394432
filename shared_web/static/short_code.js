// The typed code is asked for as a scanned one is, so that a poor signal shows Checking. A PIN is never stored: a
// locked till sends its form as it is, and so does every code that is not one.

import { goOnAsking, take } from "./asking.js";

const page = document.querySelector("[data-page]");
const form = page.querySelector("form");
let asked = false;

async function askFirst(event) {
  if (asked || form.elements.pin) return;
  event.preventDefault();
  asked = true;
  const { amount, shown } = page.dataset;
  const problem = await take({ amount: Number(amount), shown, code: form.elements.code.value });
  if (problem) form.requestSubmit();
}

goOnAsking();
// In the capturing phase, before the script of every page counts the form as sent.
document.addEventListener("submit", askFirst, { capture: true });
