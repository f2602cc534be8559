/** Who comes in, and what everyone may do with his own account. */
import type { Config } from "../config.ts";
import type { KernelRoutes } from "../kernel.ts";
import { signingPasskeyRoutes } from "../signature/signing-passkey.tsx";
import { signingPasswordRoutes } from "../signature/signing-password.tsx";
import { accountRoutes } from "./account.tsx";
import { federationRoutes } from "./federation/routes.tsx";
import { passkeyRoutes } from "./passkey/routes.tsx";
import { registerRoutes } from "./register.tsx";
import { secondRoutes } from "./second.tsx";
import { enrolmentRoutes } from "./second-enrolment.tsx";
import { setPasswordRoutes } from "./set-password.tsx";
import { signInRoutes } from "./sign-in.tsx";
import { demoRoutes } from "./sign-in-demo.ts";
import { linkRoutes } from "./sign-in-link.tsx";
import { unsavedRoutes } from "./unsaved.ts";

export function identityRoutes(config: Pick<Config, "environment">): KernelRoutes[] {
  const demo = config.environment === "development" ? demoRoutes : [];
  const doors = [
    ...signInRoutes(config),
    ...linkRoutes,
    ...setPasswordRoutes,
    ...registerRoutes,
    ...federationRoutes,
    ...passkeyRoutes,
    ...demo,
    ...secondRoutes,
  ];
  return [
    {
      place: "institution",
      routes: [
        ...doors,
        ...accountRoutes,
        ...unsavedRoutes,
        ...enrolmentRoutes,
        ...signingPasswordRoutes,
        ...signingPasskeyRoutes,
      ],
    },
  ];
}
