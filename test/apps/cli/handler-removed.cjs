// Takes all listeners of the trigger's signal away.
require('guru-meditation').setupAutorun();

process.removeAllListeners('SIGUSR2');
setInterval(() => {}, 1e6);
console.log('ready');
