/** Whether the browser promises to keep what it keeps. */

/** Asks for the promise. What can't be asked for, as in a worker, is not promised. */
export async function askToKeep(): Promise<boolean> {
  try {
    return (await navigator.storage.persist?.()) === true;
  } catch {
    return false;
  }
}

/** Whether it was promised before. */
export async function isKept(): Promise<boolean> {
  try {
    return (await navigator.storage.persisted?.()) === true;
  } catch {
    return false;
  }
}
