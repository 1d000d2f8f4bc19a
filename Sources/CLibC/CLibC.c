#include "CLibC.h"
