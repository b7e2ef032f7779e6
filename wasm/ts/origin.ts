/** Workers of a package that comes from another origin than the page. */

/** Whether a module is from another origin than the page. */
export function isElsewhere(module: string): boolean {
  return module.startsWith("http") && new URL(module).origin !== location.origin;
}

/** Browsers start workers from the page's own origin only; what those import may be from any. */
export function workerFromElsewhere(module: string): Worker {
  const text = `import ${JSON.stringify(module)};`;
  const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  return new Worker(url, { type: "module" });
}
