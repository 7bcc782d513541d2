// A service with nothing to do.
setInterval(() => {}, 1e6);
console.log('ready');
