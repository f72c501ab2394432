// The till's camera. Only what begins as our own codes do is ever sent, and nothing that was read is ever opened.

import { goOnAsking, take } from "./asking.js";

const LOOK_EVERY = 120;
const LONGEST_SIDE = 1280;

const page = document.querySelector("[data-page]");
const video = page.querySelector("video");
const said = page.querySelector("[data-said]");
const canvas = document.createElement("canvas");
const picture = canvas.getContext("2d", { willReadFrequently: true });
const { amount, shown, prefix, type } = page.dataset;

let stream = null;
let cameras = [];
let camera = 0;

function typeInstead(why) {
  location.replace(`${type}&why=${why}`);
}

// The 26 characters of a code of ours; of anything else nothing.
function tokenIn(text) {
  const read = text.toUpperCase();
  const token = read.startsWith(prefix) ? read.slice(prefix.length) : "";
  return /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(token) ? token : null;
}

async function open(wanted) {
  for (const track of stream?.getTracks() ?? []) track.stop();
  stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: wanted });
  video.srcObject = stream;
  await video.play();
  const [track] = stream.getVideoTracks();
  page.querySelector("[data-light]").hidden = !track.getCapabilities?.().torch;
  cameras = (await navigator.mediaDevices.enumerateDevices()).filter((device) => device.kind === "videoinput");
  page.querySelector("[data-switch]").hidden = cameras.length < 2;
}

async function readFrame(readBarcodes) {
  const scale = Math.min(1, LONGEST_SIDE / Math.max(video.videoWidth, video.videoHeight));
  canvas.width = video.videoWidth * scale;
  canvas.height = video.videoHeight * scale;
  if (!canvas.width) return [];
  picture.drawImage(video, 0, 0, canvas.width, canvas.height);
  const frame = picture.getImageData(0, 0, canvas.width, canvas.height);
  return readBarcodes(frame, { formats: ["QRCode"], maxNumberOfSymbols: 4 });
}

async function lookForCode(readBarcodes) {
  for (;;) {
    const found = (await readFrame(readBarcodes)).filter((symbol) => symbol.isValid);
    const token = found.map((symbol) => tokenIn(symbol.text)).find(Boolean);
    if (token) return token;
    if (found.length) say("That is not a credits code");
    await new Promise((go) => setTimeout(go, LOOK_EVERY));
  }
}

function say(words) {
  if (said.textContent !== words) said.textContent = words;
}

async function turnLight(event) {
  const button = event.currentTarget;
  const torch = button.getAttribute("aria-pressed") !== "true";
  await stream.getVideoTracks()[0].applyConstraints({ advanced: [{ torch }] });
  button.setAttribute("aria-pressed", String(torch));
}

function switchCamera() {
  camera = (camera + 1) % cameras.length;
  open({ deviceId: { exact: cameras[camera].deviceId } }).catch(() => typeInstead("no-camera"));
}

async function scan() {
  if (!navigator.mediaDevices) return typeInstead("no-camera");
  const decoder = import("./vendor/zxing-wasm/reader.js").catch(() => null);
  try {
    await open({ facingMode: "environment", width: { ideal: LONGEST_SIDE } });
  } catch (problem) {
    return typeInstead(problem.name === "NotAllowedError" ? "not-allowed" : "no-camera");
  }
  const reader = await decoder;
  if (!reader) return typeInstead("no-reader");
  const code = await lookForCode(reader.readBarcodes).catch(() => null);
  if (!code) return typeInstead("no-reader");
  for (const track of stream.getTracks()) track.stop();
  said.textContent = "Code read";
  const problem = await take({ amount: Number(amount), shown, code });
  if (problem) location.assign("/merchant/till");
}

page.querySelector("[data-light] button").addEventListener("click", turnLight);
page.querySelector("[data-switch] button").addEventListener("click", switchCamera);
goOnAsking();
scan();
