#ifndef LINBO_HOOKD_CZLIB_H
#define LINBO_HOOKD_CZLIB_H
#include <zlib.h>

// inflateInit2 is a macro, which Swift does not see. 16 more than a window's largest size: gzip, and nothing else.
static inline int linbo_gunzip_init(z_stream *stream) {
    return inflateInit2(stream, 15 + 16);
}
#endif
