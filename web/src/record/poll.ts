/** Asking again while something is under way. */

const EVERY_MS = 1000;

/**
 * A function that asks now, and again each second as long as `ask` says so; one round at a time.
 * What goes wrong is told to `fail` and ends the round.
 */
export function poll(ask: () => Promise<boolean>, fail: (error: unknown) => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const round = (): void => {
    clearTimeout(timer);
    ask().then((isGoingOn) => {
      clearTimeout(timer);
      if (isGoingOn) timer = setTimeout(round, EVERY_MS);
    }, fail);
  };
  return round;
}
