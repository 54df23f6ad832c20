/* signals.c: a signal sets a flag that long work polls; a second one ends the program. */
#include "base/base.h"

#include <signal.h>
#include <unistd.h>

static volatile sig_atomic_t caught;

static void note(int signal_number) {
    if (caught) _exit(128 + signal_number);
    caught = signal_number;
}

/* One that is ignored already stays so: nohup. */
static void catch_one(int signal_number) {
    struct sigaction before, action = {.sa_handler = note, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    if (!sigaction(signal_number, NULL, &before) && before.sa_handler != SIG_IGN) sigaction(signal_number, &action, NULL);
}

void bora_catch_signals(void) {
    catch_one(SIGINT);
    catch_one(SIGTERM);
    catch_one(SIGHUP);
}

int bora_signalled(void) { return caught == 0 ? 0 : caught == SIGINT ? BORA_INTERRUPTED : BORA_TERMINATED; }
