#include "interprior/report/report.h"

#include <cstdio>

#include "run_commands.h"

namespace interprior {

void report(const ReportFlags& flags) { std::printf("%s\n", write_report(flags.folder).c_str()); }

}  // namespace interprior
