#ifndef LINBO_HOOKD_CLIBICAL_H
#define LINBO_HOOKD_CLIBICAL_H
#include <libical/ical.h>
#endif
