export function first(next) {
    next(); // @first
}
export function second(turns) {
    console.log('ready');
    for (;;) { // @second
        turns.count++;
    }
}
setImmediate(() => first(() => second({ count: 0 })));
//# sourceMappingURL=indexed.js.map
