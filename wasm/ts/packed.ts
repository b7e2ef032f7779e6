/** What a package in one piece carries as texts. */

/** The module, which is packed by gzip and written in base64. */
export function unpacked(module: string): Promise<ArrayBuffer> {
  const bytes = Uint8Array.from(atob(module), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}

/** A worker of a script. */
export function workerOf(script: string): Worker {
  return new Worker(URL.createObjectURL(new Blob([script], { type: "text/javascript" })));
}
