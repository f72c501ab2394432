// Loaded anew while a request is under way: go on with what was stored; the server's page says that nothing is.

import { settle, stored } from "./asking.js";

if (stored()) {
  const problem = await settle();
  if (problem) location.assign("/merchant/takings");
}
