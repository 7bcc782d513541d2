// Functions that wait, compiled with a map: their places are those of this file.
interface Order {
  readonly id: number;
}

const held: unknown[] = [];

async function loadOrder({ id }: Order): Promise<number> {
  type Settle = (value: number) => void;
  const settled: Promise<number> = new Promise((resolve: Settle) => held.push(resolve));
  return id + (await settled); // @loadOrder
}

export async function handle<T extends Order>(order: T): Promise<void> {
  const amount = await loadOrder(order satisfies Order); // @handle
  held.push(amount);
}

held.push(handle({ id: 1 }));
setInterval(() => {}, 1e6);
console.log('ready');
