export function first(next) {
    next(); // @first
}
export function second(turns) {
    console.log('ready');
    for (;;)
        turns.count++; // @second
}
setImmediate(() => first(() => second({ count: 0 })));
//# sourceMappingURL=indexed.js.map
