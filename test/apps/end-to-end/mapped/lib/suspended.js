const held = [];
async function loadOrder({ id }) {
    const settled = new Promise((resolve) => held.push(resolve));
    return id + (await settled); // @loadOrder
}
export async function handle(order) {
    const amount = await loadOrder(order); // @handle
    held.push(amount);
}
held.push(handle({ id: 1 }));
setInterval(() => { }, 1e6);
console.log('ready');
//# sourceMappingURL=suspended.js.map