// Whether the screen is a phone's.

const narrow = matchMedia("(max-width: 48rem)");

export function isNarrow(): boolean {
  return narrow.matches;
}

/** Tells when the screen has become a phone's, or is none any more. */
export function onScreenChange(changed: () => void): void {
  narrow.addEventListener("change", changed);
}
