// Its event loop turns all the time, with much to do in each turn.
setInterval(() => {
  for (const end = Date.now() + 30; Date.now() < end; );
}, 5);
console.log('ready');
