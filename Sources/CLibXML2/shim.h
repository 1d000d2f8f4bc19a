#ifndef LINBO_HOOKD_CLIBXML2_H
#define LINBO_HOOKD_CLIBXML2_H
#include <libxml/xmlversion.h>
// With it, libxml2's headers take in those of the system's ICU, which clash with the ones in Foundation. All it adds
// are two last members of a struct that nobody here makes.
#undef LIBXML_ICU_ENABLED
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <libxml/xmlsave.h>

// xmlFree is a global variable, which Swift does not let threads share.
static inline void linbo_xml_free(void *memory) {
    xmlFree(memory);
}
#endif
