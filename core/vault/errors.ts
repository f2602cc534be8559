/**
 * What the vault may answer instead of a value. Each is a sentence for the person who meets it, with the way out,
 * and a status for the seam. None carries a value, a key or a ciphertext.
 */
export abstract class VaultError extends Error {
  abstract readonly code: string;
  abstract readonly status: number;
  override get name(): string {
    return this.constructor.name;
  }
}

/** The key provider is down, slow, throttling or has disabled the key. Trying again later can help. */
export class KeyUnavailable extends VaultError {
  readonly code = "vault.key-unavailable";
  readonly status = 503;
  constructor(
    /** For the operator's log and `doctor`: names the provider's answer, never a key. */
    readonly reason: string,
  ) {
    super("The key service does not answer, so this stays locked. Nothing was lost or stored in the clear: try again.");
  }
}

/** The provider answered and said no: wrong context, tampered or foreign wrapping. Trying again cannot help. */
export class KeyRefused extends VaultError {
  readonly code = "vault.key-refused";
  readonly status = 409;
  constructor(readonly reason: string) {
    super("The key that protects this was refused. Ask an administrator to run the vault's check.");
  }
}

/** Ciphertext that was changed, cut, moved to another place, or sealed by an unknown algorithm. */
export class SealBroken extends VaultError {
  readonly code = "vault.seal-broken";
  readonly status = 409;
  constructor(readonly reason: string) {
    super("This sealed value does not belong here or was altered, so it is not shown. Ask an administrator to look.");
  }
}

/** The key was destroyed on purpose; nobody can open this again. */
export class Shredded extends VaultError {
  readonly code = "vault.shredded";
  readonly status = 410;
  constructor() {
    super("This was destroyed at someone's request and cannot be brought back. The pseudonymous record remains.");
  }
}

/** A blind index was asked of a value in which the normaliser finds nothing to index. */
export class NothingToIndex extends VaultError {
  readonly code = "vault.nothing-to-index";
  readonly status = 422;
  constructor() {
    super("There is nothing to search for in this value. Write it with its letters or digits.");
  }
}

/** Too many passwords are being checked at once. */
export class TooBusy extends VaultError {
  readonly code = "vault.too-busy";
  readonly status = 503;
  constructor() {
    super("Many people are signing in right now. Please try again in a few seconds.");
  }
}
