// Everything again in headless Chromium.

import { chromiumPages } from "./browser.mjs";
import { equal } from "./check.mjs";
import { tryIn } from "./pages.mjs";
import { collected } from "./stored.mjs";
import { offline } from "./verify.mjs";

tryIn("Chromium", chromiumPages, {
  ...collected,
  ...offline,

    async "a full disk is a refusal that says so"({ open, runIn, browser, server }) {
      const page = await open();
      const session = await browser.context.newCDPSession(page);
      const limit = (quotaSize) =>
        session.send("Storage.overrideQuotaForOrigin", { origin: server.origin, ...quotaSize });
      await runIn(page, "steps", "have room");
      await limit({ quotaSize: 1 });
      equal(await runIn(page, "steps", "have none"), "refused");
      await limit({});
      await runIn(page, "steps", "have room again");
      await page.close();
    },
});
