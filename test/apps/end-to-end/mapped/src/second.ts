// The second part of a bundle with an indexed map.
interface Turns {
  count: number;
}

export function second(turns: Turns): void {
  console.log('ready');
  for (;;) { // @second
    turns.count++;
  }
}
