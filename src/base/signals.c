/* signals.c: a signal sets a flag that long work polls; a second one ends the program. */
#include "base/base.h"

#include <signal.h>
#include <unistd.h>

static volatile sig_atomic_t caught;

static void note(int signal_number) {
    if (caught) _exit(128 + signal_number);
    caught = signal_number;
}

void bora_catch_signals(void) {
    struct sigaction action = {.sa_handler = note, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
}

int bora_signalled(void) { return caught == 0 ? 0 : caught == SIGINT ? BORA_INTERRUPTED : BORA_TERMINATED; }
