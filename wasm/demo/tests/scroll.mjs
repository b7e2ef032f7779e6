// Runs in a page: scrolls the viewer's list, and says how long the frames took.

/** A little each frame, and now and then a jump. */
export async function scrollThrough(turns) {
  const list = document.querySelector("#list");
  const times = [];
  let then = await new Promise(requestAnimationFrame);
  for (let turn = 0; turn < turns; turn += 1) {
    list.scrollTop += turn % 10 === 9 ? 20_000 : 90;
    const now = await new Promise(requestAnimationFrame);
    times.push(now - then);
    then = now;
  }
  times.sort((one, other) => one - other);
  return { median: Math.round(times[turns >> 1] * 10) / 10, slowest: Math.round(times.at(-1)) };
}
