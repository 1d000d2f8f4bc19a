#ifndef LINBO_HOOKD_CLIBSSH_H
#define LINBO_HOOKD_CLIBSSH_H
#include <libssh/libssh.h>
#include <libssh/callbacks.h>
#include <stdlib.h>

/* Swift can't pass values of any type. */
static inline int linbo_ssh_set_text(ssh_session session, enum ssh_options_e option, const char *value) {
    return ssh_options_set(session, option, value);
}
static inline int linbo_ssh_set_number(ssh_session session, enum ssh_options_e option, int value) {
    return ssh_options_set(session, option, &value);
}

/* Has a channel tell what comes instead of keeping it. Returns what to free when the channel is gone; NULL if it can't. */
static inline ssh_channel_callbacks linbo_ssh_listen(ssh_channel channel, void *receiver,
                                                     ssh_channel_data_callback data,
                                                     ssh_channel_exit_status_callback status) {
    ssh_channel_callbacks callbacks = (ssh_channel_callbacks)calloc(1, sizeof(*callbacks));
    if (callbacks == NULL) return NULL;
    ssh_callbacks_init(callbacks);
    callbacks->userdata = receiver;
    callbacks->channel_data_function = data;
    callbacks->channel_exit_status_function = status;
    if (ssh_set_channel_callbacks(channel, callbacks) == SSH_OK) return callbacks;
    free(callbacks);
    return NULL;
}
#endif
