/** What a passkey is asked when it signs: made when the button is pressed, so that it is not too old for a form that took an hour. */
import { PlainPage } from "@views/page.tsx";
import { ownGet } from "../http/own-route.ts";
import { askForPasskey } from "../identity/passkey/ceremony.ts";
import type { OwnRoute } from "../kernel.ts";
import { signedIn } from "../module.ts";
import { Problem } from "../problem.ts";

/** Read by app.js from the form that signs. */
export const PASSKEY_QUESTION = "/account/signing/passkey";

export const signingPasskeyRoutes: OwnRoute[] = [
  ownGet(PASSKEY_QUESTION, {
    needs: signedIn,
    before: async (_, knock) => {
      const { house, visit } = knock;
      if (!visit.arrival) throw new Problem("sign-in");
      const { person, session } = visit.arrival;
      const signing = await house.door.signingOf(visit.tenant.id, person.id, session.ref);
      if (!signing?.hasPasskey) throw Problem.notFound("You have no passkey.");
      return askForPasskey(knock, "signature", person.id);
    },
    run: async ({ prepared }) => (
      <PlainPage title="Sign by passkey">
        <p data-options={prepared}>Your passkey signs in the form itself. Go back to it and press its button.</p>
      </PlainPage>
    ),
  }),
];
